using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Windows;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>What <c>up</c>, <c>down</c> and <c>save</c> begin with: the words, the right to do it, the file, and whether the tunnel is up.</summary>
/// <remarks>Ownership: whoever made it disposes it, and the file's secrets with it.</remarks>
internal sealed class TunnelRun : IDisposable
{
    /// <summary>The option that only shows.</summary>
    public const string DryRunOption = "--dry-run";

    private const int WritableOrReadableForOthers = 7;

    private TunnelRun(CliContext context, TunnelFile file, bool dryRun)
    {
        File = file;
        Host = new TunnelHost(context, TunnelFile.InterfaceOf(file.Path)!, dryRun);
        RealPath = new FileInfo(file.Path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(file.Path);
    }

    /// <summary>The file.</summary>
    public TunnelFile File { get; }

    /// <summary>Where the file really is, links followed.</summary>
    public string RealPath { get; }

    /// <summary>What steps act on.</summary>
    public TunnelHost Host { get; }

    /// <summary>Whether a daemon serves the tunnel.</summary>
    public bool IsServed => ControlSocket.IsServed(Host.Context.ControlDirectory, Host.Interface);

    /// <summary>Reads the words of a command, NAME|FILE and options, and then the file.</summary>
    /// <exception cref="UsageException">The words are wrong.</exception>
    /// <exception cref="CliException">This is not root, or the file cannot be used.</exception>
    public static TunnelRun Open(CliContext context, string command, IReadOnlyList<string> words, bool mayBeDry)
    {
        var dryRun = mayBeDry && words.Contains(DryRunOption, StringComparer.Ordinal);
        var rest = dryRun ? [.. words.Where(static word => word != DryRunOption)] : words;
        if (rest.Count != 1 || rest[0].StartsWith('-')) throw new UsageException();
        if (!context.IsRoot && !dryRun)
        {
            throw OperatingSystem.IsWindows() ? AdministratorRight.Missing(command, "the network")
                : new CliException($"pfsvpn {command}: only root may change the network; run: sudo pfsvpn {command} {rest[0]}\nWithout root, one program can use the tunnel: pfsvpn exec {rest[0]} -- COMMAND");
        }
        return new TunnelRun(context, TunnelFileReader.Read(context, Locate(context, rest[0])), dryRun);
    }

    /// <summary>The file for NAME|FILE, with a warning where everyone may look into it.</summary>
    /// <exception cref="CliException">It is not there; the message says what to do.</exception>
    public static string Locate(CliContext context, string nameOrPath)
    {
        var path = TunnelFileReader.PathOf(nameOrPath);
        var mode = NativeFile.ModeOf(path);
        if (mode == -NativeFile.ENOENT)
        {
            var here = path != nameOrPath && System.IO.File.Exists(nameOrPath) ? $"; for the file in this folder: ./{nameOrPath}" : "";
            throw new CliException($"{path}: there is no such file{here}");
        }
        var real = new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
        if (mode > 0 && (mode & NativeFile.ModeOf(Path.GetDirectoryName(real)!) & WritableOrReadableForOthers) != 0)
            context.Error.WriteLine($"Warning: `{path}' is world accessible");
        return path;
    }

    /// <summary>Erases the secrets of the file.</summary>
    public void Dispose() => File.Dispose();
}
