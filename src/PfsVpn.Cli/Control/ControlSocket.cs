using PfsVpn.Cli.Output;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Control;

/// <summary>A connection to the control socket of a userspace interface; on Windows to its <see cref="ControlPipe"/>.</summary>
/// <remarks>References: https://www.wireguard.com/xplatform/. Ownership: whoever opened it disposes it.</remarks>
internal sealed class ControlSocket : IByteSink, IDisposable
{
    /// <summary>Where userspace implementations put their sockets.</summary>
    public const string DefaultDirectory = "/var/run/wireguard";

    private const string Suffix = ".sock";
    private const int S_IFMT = 0xF000, S_IFSOCK = 0xC000;

    private ControlSocket(int descriptor) => Descriptor = descriptor;

    /// <summary>The connected socket.</summary>
    public int Descriptor { get; }

    /// <summary>The names of all interfaces whose daemon answers, in order. Sockets of daemons that are gone are cleaned up.</summary>
    /// <exception cref="ControlException">The directory cannot be read.</exception>
    public static List<string> List(string directory)
    {
        if (OperatingSystem.IsWindows()) return [.. ControlPipe.List(directory).Where(name => IsAlive(directory, name)).Order(StringComparer.Ordinal)];
        try
        {
            var names = Directory.EnumerateFileSystemEntries(directory, "*" + Suffix)
                .Select(static path => Path.GetFileName(path)[..^Suffix.Length])
                .Where(name => name.Length != 0 && IsAlive(directory, name))
                .ToList();
            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (UnauthorizedAccessException)
        {
            throw new ControlException(NativeFile.EACCES, AsWhom);
        }
    }

    /// <summary>Connects to the daemon of an interface.</summary>
    /// <exception cref="ControlException">There is no such interface, or no right to configure it.</exception>
    public static ControlSocket Open(string directory, string name)
    {
        if (!IsName(name)) throw new ControlException(NativeFile.EINVAL, $"an interface name has 1 to {TunnelFile.LongestInterfaceName} characters and no slash");
        var path = PathOf(directory, name);
        var connection = Connect(path);
        if (connection >= 0) return new ControlSocket(connection);
        throw -connection switch
        {
            NativeFile.ENOENT when IsKernelInterface(name) => new ControlException(NativeFile.ENODEV, $"the kernel itself runs {name}, use wg"),
            NativeFile.ENOENT => new ControlException(NativeFile.ENODEV, $"there is no {path}; start it with: pfsvpnd {name}"),
            NativeFile.ECONNREFUSED => new ControlException(NativeFile.ENODEV, $"its daemon has ended; start it with: pfsvpnd {name}"),
            NativeFile.EACCES => new ControlException(NativeFile.EACCES, AsWhom),
            var errno => new ControlException(errno),
        };
    }

    /// <summary>Where the socket of an interface is.</summary>
    public static string PathOf(string directory, string name) => OperatingSystem.IsWindows() ? ControlPipe.PathOf(directory, name) : $"{directory}/{name}{Suffix}";

    /// <summary>Whether a daemon of an interface answers. The socket of one that is gone is cleaned up.</summary>
    public static bool IsServed(string directory, string name) => IsName(name) && IsAlive(directory, name);

    /// <summary>When the daemon of an interface began to listen, in UTC; a moment long ago where none does, and on Windows, whose pipes do not know.</summary>
    public static DateTime TimeOfBirth(string directory, string name) => OperatingSystem.IsWindows() ? default : File.GetLastWriteTimeUtc(PathOf(directory, name));

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        var errno = -NativeFile.WriteAll(Descriptor, bytes);
        if (errno != 0) throw new ControlException(errno);
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => NativeFile.Close(Descriptor);

    private static string AsWhom => OperatingSystem.IsWindows() ? "run this as administrator" : "run this as root";

    private static bool IsName(string name) => name.Length > 0 && name.Length <= TunnelFile.LongestInterfaceName && name is not ("." or "..") && name.AsSpan().IndexOfAny('/', '\\') < 0 && !name.Any(char.IsWhiteSpace);

    private static bool IsAlive(string directory, string name)
    {
        var connection = Connect(PathOf(directory, name));
        if (connection >= 0) NativeFile.Close(connection);
        // Whatever else stands in the way will be said when the interface is asked.
        return connection is not (-NativeFile.ENOENT or -NativeFile.ECONNREFUSED);
    }

    /// <summary>Connects. Returns a descriptor or a negative errno, ENOENT also for what is no socket. A socket that nobody listens on any more is removed.</summary>
    private static int Connect(string path)
    {
        if (OperatingSystem.IsWindows()) return ControlPipe.Connect(path);
        var mode = NativeFile.ModeOf(path);
        if (mode < 0) return mode;
        if ((mode & S_IFMT) != S_IFSOCK) return -NativeFile.ENOENT;
        var connection = NativeSocket.Connect(path);
        if (connection == -NativeFile.ECONNREFUSED) RemoveStale(path);
        return connection;
    }

    private static void RemoveStale(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // Not ours to remove; the daemon that comes next will.
        }
    }

    private static bool IsKernelInterface(string name)
    {
        if (OperatingSystem.IsWindows()) return false;
        var description = $"/sys/class/net/{name}/uevent";
        return File.Exists(description) && File.ReadLines(description).Contains("DEVTYPE=wireguard", StringComparer.Ordinal);
    }
}
