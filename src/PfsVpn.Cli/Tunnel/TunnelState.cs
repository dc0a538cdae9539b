using PfsVpn.Cli.Windows.Native;

namespace PfsVpn.Cli.Tunnel;

/// <summary>What the command line remembers of a tunnel that is up, as small files in a folder of its own: never a secret.</summary>
/// <remarks>The folder is lost when the machine starts anew, as the tunnel is; on Windows it stays, and what it says of processes is of those that have ended.</remarks>
internal sealed class TunnelState(CliContext context, string interfaceName)
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The folder; it need not exist.</summary>
    public string Folder { get; } = Path.Combine(context.RuntimeDirectory, interfaceName);

    /// <summary>Whether anything is remembered.</summary>
    public bool Exists => Directory.Exists(Folder);

    /// <summary>Where an item is.</summary>
    public string PathOf(string item) => Path.Combine(Folder, item);

    /// <summary>Whether an item is there.</summary>
    public bool Has(string item) => File.Exists(PathOf(item));

    /// <summary>The text of an item, or null.</summary>
    public string? Read(string item) => Has(item) ? File.ReadAllText(PathOf(item)) : null;

    /// <summary>Remembers something.</summary>
    public void Write(string item, string text) => Write(item, path => File.WriteAllText(path, text));

    /// <summary>Remembers something that <paramref name="write"/> puts into a file: it is there wholly or not at all.</summary>
    public void Write(string item, Action<string> write)
    {
        MakeFolder(Folder);
        var unfinished = PathOf(item) + ".new";
        write(unfinished);
        File.Move(unfinished, PathOf(item), overwrite: true);
    }

    /// <summary>Forgets an item, and the folder with the last one.</summary>
    public void Remove(string item)
    {
        if (!Exists) return;
        File.Delete(PathOf(item));
        RemoveEmpty(Folder);
        RemoveEmpty(context.RuntimeDirectory);
    }

    /// <summary>On Windows the folder above it has the rights, which are handed on.</summary>
    private static void MakeFolder(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path, OnlyOwner);
            return;
        }
        FileAccessList.CreatePrivateFolder(Path.GetDirectoryName(path)!);
        Directory.CreateDirectory(path);
    }

    private static void RemoveEmpty(string folder)
    {
        try
        {
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }
        catch (IOException)
        {
            // Another tunnel has just put something into it, or it is a mount point, as in a service's sandbox: an empty folder says nothing.
        }
    }
}
