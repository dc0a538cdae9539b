using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The turn of one run of the program to change a tunnel: others that want to at the same time are refused, not made to wait.</summary>
/// <remarks>A lock on a file, which the kernel takes back from a run that crashed. Ownership: whoever took it disposes it.</remarks>
internal sealed class TunnelTurn : IDisposable
{
    private readonly FileStream _lock;

    private TunnelTurn(FileStream held) => _lock = held;

    /// <summary>Takes it.</summary>
    /// <exception cref="CliException">Another run has it.</exception>
    public static TunnelTurn Take(CliContext context, string interfaceName)
    {
        if (OperatingSystem.IsWindows()) FileAccessList.CreatePrivateFolder(context.RuntimeDirectory);
        else Directory.CreateDirectory(context.RuntimeDirectory);
        var path = Path.Combine(context.RuntimeDirectory, interfaceName + ".lock");
        try
        {
            return new TunnelTurn(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose));
        }
        // The second where Windows is about to delete the file of the last run.
        catch (Exception held) when (held is IOException or UnauthorizedAccessException)
        {
            throw new CliException($"`{interfaceName}' is being changed by another run of pfsvpn; nothing was changed ({held.Message})");
        }
    }

    /// <summary>Gives it to the next.</summary>
    public void Dispose()
    {
        var folder = Path.GetDirectoryName(_lock.Name)!;
        _lock.Dispose();
        try
        {
            if (!Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Somebody else has just begun.
        }
    }
}
