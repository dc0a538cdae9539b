using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>Unix stream sockets and their files: <c>sys/un.h</c>, with what a server of them needs of its neighbours.</summary>
/// <remarks>References: unix(7), accept(2), statx(2), if_nametoindex(3). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class Libc
{
    public const int AF_UNIX = 1, SOCK_STREAM = 1, SO_TYPE = 3, SO_ACCEPTCONN = 30, SO_DOMAIN = 39, MSG_NOSIGNAL = 0x4000;
    public const int AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100;
    public const uint STATX_TYPE = 1, STATX_MODE = 2, STATX_UID = 8, STATX_INO = 0x100;
    public const ushort S_IFMT = 0xF000, S_IFSOCK = 0xC000;
    public const int ENFILE = 23;

    /// <summary><c>struct sockaddr_un</c>: 110 bytes, the path with its final zero.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct sockaddr_un
    {
        public const int PathLength = 108;

        public ushort family;
        public fixed byte path[PathLength];
    }

    /// <summary><c>struct statx</c>, 256 bytes, the same on every architecture; only the fields that are read have names.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct statx_result
    {
        [FieldOffset(20)] public uint owner;
        [FieldOffset(28)] public ushort mode;
        [FieldOffset(32)] public ulong inode;
        [FieldOffset(136)] public uint deviceMajor;
        [FieldOffset(140)] public uint deviceMinor;
    }

    [LibraryImport(Library, SetLastError = true)]
    public static partial int listen(int descriptor, int backlog);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int connect(int descriptor, sockaddr_un* address, uint length);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int accept4(int descriptor, void* address, uint* length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial nint recv(int descriptor, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int fchmod(int descriptor, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int link(byte* from, byte* to);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int rename(byte* from, byte* to);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int unlink(byte* path);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int statx(int directory, byte* path, int flags, uint mask, statx_result* result);

    [LibraryImport(Library, SetLastError = true)]
    public static partial uint if_nametoindex(byte* name);
}
