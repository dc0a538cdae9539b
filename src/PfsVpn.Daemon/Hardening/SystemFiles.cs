using System.Text;
using PfsVpn.Daemon.Interop;

namespace PfsVpn.Daemon.Hardening;

/// <summary>The files in which the system says how things are. Tests lay them out below a folder of their own.</summary>
internal sealed class SystemFiles(string root = "")
{
    /// <summary>The text of a file, or null where it cannot be read.</summary>
    public string? Read(string path) => SmallFile.Read(Encoding.UTF8.GetBytes(root + path + "\0")) is { } bytes ? Encoding.UTF8.GetString(bytes) : null;

    /// <summary>The names in a folder; none where it cannot be read.</summary>
    public string[] Names(string path)
    {
        try
        {
            return [.. Directory.GetFileSystemEntries(root + path).Select(static entry => Path.GetFileName(entry))];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
