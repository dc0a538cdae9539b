using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Cli.Guard;

/// <summary>Fetches a private key that does not stand in the tunnel's file: from a file, a credential of the service manager, or a command.</summary>
/// <remarks>Secrets: the key goes from the descriptor to locked memory, and from there into a slot of the arena; it is kept nowhere else.</remarks>
internal static class PrivateKeySource
{
    private const string CredentialsVariable = "CREDENTIALS_DIRECTORY";

    /// <summary>Puts the key into what the daemon gets. Does nothing where the key stands in the file.</summary>
    /// <exception cref="CliException">The key cannot be had; the message names file, line and key.</exception>
    public static void Fill(TunnelHost host, TunnelFile file)
    {
        if (file.PrivateKeySource is not { } source) return;
        var place = string.Create(CultureInfo.InvariantCulture, $"{file.Path}:{source.Line}: PrivateKey{source.Kind}");
        var key = source.Kind switch
        {
            TunnelKeySourceKind.File => KeyFile.Read(Path.Combine(FolderOf(file), source.Text), place, host.Context.Arena),
            TunnelKeySourceKind.Credential => KeyFile.Read(CredentialPath(host.Context, source.Text, place), place, host.Context.Arena),
            _ => Ask(host, source.Text, place),
        };
        if (key.IsZero)
        {
            key.Dispose();
            throw new CliException($"{place}: there is no key, but nothing or a key of zeros");
        }
        file.WgConfig.Change.PrivateKey?.Dispose();
        file.WgConfig.Change.PrivateKey = key;
    }

    private static string FolderOf(TunnelFile file) => Path.GetDirectoryName(new FileInfo(file.Path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(file.Path))!;

    private static string CredentialPath(CliContext context, string name, string place)
    {
        if (name.Contains('/')) throw new CliException($"{place}: the name of a credential has no slash: `{name}'");
        return context.Environment(CredentialsVariable) is { Length: > 0 } folder
            ? Path.Combine(folder, name)
            : throw new CliException($"{place}: {CredentialsVariable} is not set: there are credentials only in a service, with LoadCredential={name}:PATH in its unit");
    }

    private static SecretKey Ask(TunnelHost host, string command, string place)
    {
        if (OperatingSystem.IsWindows() && !ScriptPermission.IsGiven()) throw new CliException($"{place}: commands of tunnels' files are not run on this machine. {ScriptPermission.HowTo}");
        var start = UserShell.Describe(command.Replace("%i", host.Interface, StringComparison.Ordinal));
        start.RedirectStandardOutput = true;
        SecretKey? key = null;
        try
        {
            using var process = Process.Start(start)!;
            // Its descriptor, never its reader, which keeps what passes through it in the heap.
            SafeHandle pipe = process.StandardOutput.BaseStream is AnonymousPipeClientStream end ? end.SafePipeHandle : ((FileStream)process.StandardOutput.BaseStream).SafeFileHandle;
            key = KeyFile.Read((int)pipe.DangerousGetHandle(), place, isKeyFile: true, host.Context.Arena);
            process.WaitForExit();
            if (process.ExitCode == 0) return key;
            throw new CliException(string.Create(CultureInfo.InvariantCulture, $"{place}: the command ended with exit code {process.ExitCode}"));
        }
        catch (CliException)
        {
            key?.Dispose();
            throw;
        }
        catch (Win32Exception refused)
        {
            throw new CliException($"{place}: {start.FileName} cannot be started: {refused.Message}");
        }
    }
}
