using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>Unix stream sockets and their files: <c>sys/un.h</c>, with what a server of them needs of its neighbours.</summary>
/// <remarks>
/// References: unix(7), poll(2), eventfd(2), statx(2), if_nametoindex(3). Values are those of Linux on x86-64 and ARM64.
/// The prefix <c>unix_</c> marks declarations whose types are those of this file alone.
/// </remarks>
internal static unsafe partial class Libc
{
    public const int UNIX_AF_UNIX = 1, UNIX_SOCK_STREAM = 1, UNIX_SOCK_NONBLOCK = 0x800, UNIX_SOCK_CLOEXEC = 0x80000;
    public const int UNIX_SOL_SOCKET = 1, UNIX_SO_TYPE = 3, UNIX_SO_ACCEPTCONN = 30, UNIX_SO_DOMAIN = 39;
    public const int UNIX_MSG_NOSIGNAL = 0x4000;
    public const int UNIX_F_SETFD = 2, UNIX_F_GETFL = 3, UNIX_F_SETFL = 4, UNIX_FD_CLOEXEC = 1, UNIX_O_NONBLOCK = 0x800;
    public const short UNIX_POLLIN = 1, UNIX_POLLOUT = 4, UNIX_POLLERR = 8, UNIX_POLLHUP = 16;
    public const int UNIX_EFD_NONBLOCK = 0x800, UNIX_EFD_CLOEXEC = 0x80000;
    public const int UNIX_AT_FDCWD = -100, UNIX_AT_SYMLINK_NOFOLLOW = 0x100;
    public const uint UNIX_STATX_TYPE = 1, UNIX_STATX_INO = 0x100;
    public const ushort UNIX_S_IFMT = 0xF000, UNIX_S_IFSOCK = 0xC000;
    public const int UNIX_ENOENT = 2, UNIX_EINTR = 4, UNIX_EAGAIN = 11, UNIX_ENOMEM = 12, UNIX_EEXIST = 17, UNIX_ENFILE = 23, UNIX_EMFILE = 24;
    public const int UNIX_ENOBUFS = 105, UNIX_ECONNREFUSED = 111;

    /// <summary><c>struct sockaddr_un</c>: 110 bytes, the path with its final zero.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct sockaddr_un
    {
        public const int PathLength = 108;

        public ushort family;
        public fixed byte path[PathLength];
    }

    /// <summary><c>struct pollfd</c>: a negative descriptor is skipped.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct unix_pollfd
    {
        public int descriptor;
        public short events;
        public short happened;
    }

    /// <summary><c>struct statx</c>, 256 bytes, the same on every architecture; only the fields that are read have names.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct unix_statx_result
    {
        [FieldOffset(28)] public ushort mode;
        [FieldOffset(32)] public ulong inode;
        [FieldOffset(136)] public uint deviceMajor;
        [FieldOffset(140)] public uint deviceMinor;
    }

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    public static partial int unix_socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    public static partial int unix_bind(int descriptor, sockaddr_un* address, uint length);

    [LibraryImport(Library, EntryPoint = "listen", SetLastError = true)]
    public static partial int unix_listen(int descriptor, int backlog);

    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    public static partial int unix_connect(int descriptor, sockaddr_un* address, uint length);

    [LibraryImport(Library, EntryPoint = "accept4", SetLastError = true)]
    public static partial int unix_accept4(int descriptor, void* address, uint* length, int flags);

    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    public static partial nint unix_recv(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    public static partial nint unix_send(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int unix_getsockopt(int descriptor, int level, int name, int* value, uint* length);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int unix_fcntl(int descriptor, int command, int argument);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int unix_fchmod(int descriptor, uint mode);

    [LibraryImport(Library, EntryPoint = "link", SetLastError = true)]
    public static partial int unix_link(byte* from, byte* to);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true)]
    public static partial int unix_rename(byte* from, byte* to);

    [LibraryImport(Library, EntryPoint = "unlink", SetLastError = true)]
    public static partial int unix_unlink(byte* path);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static partial int unix_statx(int directory, byte* path, int flags, uint mask, unix_statx_result* result);

    [LibraryImport(Library, EntryPoint = "poll", SetLastError = true)]
    public static partial int unix_poll(unix_pollfd* descriptors, nuint count, int timeoutMilliseconds);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int unix_eventfd(uint value, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint unix_read(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint unix_write(int descriptor, void* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "if_nametoindex", SetLastError = true)]
    public static partial uint unix_if_nametoindex(byte* name);
}
