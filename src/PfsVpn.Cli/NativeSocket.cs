using System.Runtime.InteropServices;
using System.Text;

namespace PfsVpn.Cli;

/// <summary>Unix sockets and interface names: <c>sys/socket.h</c>, <c>sys/un.h</c>, <c>net/if.h</c>.</summary>
/// <remarks>References: unix(7), if_nametoindex(3). Values are those of Linux.</remarks>
internal static unsafe partial class NativeSocket
{
    private const string Library = "libc";
    private const int AF_UNIX = 1, SOCK_STREAM = 1, SOCK_CLOEXEC = 0x80000;
    private const int IF_NAMESIZE = 16;

    /// <summary>Size of <c>sun_path</c>, its terminating zero included.</summary>
    private const int PathSize = 108;

    /// <summary>Connects to a stream socket by its path. Returns a descriptor, or a negative errno; on Windows, where control is by pipes, EINVAL.</summary>
    public static int Connect(string path)
    {
        if (OperatingSystem.IsWindows()) return -NativeFile.EINVAL;
        var name = NativeFile.Terminated(path);
        if (name.Length > PathSize) return -NativeFile.EINVAL;
        Span<byte> address = stackalloc byte[sizeof(ushort) + PathSize];
        address.Clear();
        MemoryMarshal.Write(address, (ushort)AF_UNIX);
        name.CopyTo(address[sizeof(ushort)..]);
        var descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (descriptor < 0) return -Marshal.GetLastPInvokeError();
        fixed (byte* start = address)
        {
            if (connect(descriptor, start, (uint)address.Length) == 0) return descriptor;
        }
        var errno = Marshal.GetLastPInvokeError();
        NativeFile.Close(descriptor);
        return -errno;
    }

    /// <summary>The name of an interface, or null where there is none of this index; on Windows, where scopes are numbers, for all.</summary>
    public static string? InterfaceName(uint index)
    {
        if (OperatingSystem.IsWindows()) return null;
        var name = stackalloc byte[IF_NAMESIZE];
        return if_indextoname(index, name) == null ? null : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name));
    }

    [LibraryImport(Library, SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    private static partial int connect(int descriptor, byte* address, uint length);

    [LibraryImport(Library, SetLastError = true)]
    private static partial byte* if_indextoname(uint index, byte* name);
}
