using System.Runtime.InteropServices;

namespace PfsVpn.Daemon.Interop;

/// <summary>Files: <c>sys/stat.h</c>; and waiting for a descriptor: <c>poll.h</c>.</summary>
/// <remarks>References: statx(2), umask(2), poll(2). struct statx has one layout on every architecture.</remarks>
internal static unsafe partial class Libc
{
    public const int AT_EMPTY_PATH = 0x1000;
    public const uint STATX_INO = 0x100;
    public const short POLLOUT = 4;

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public struct statx_result
    {
        [FieldOffset(32)] public ulong stx_ino;
        [FieldOffset(136)] public uint stx_dev_major;
        [FieldOffset(140)] public uint stx_dev_minor;
    }

    public struct struct_pollfd
    {
        public int fd;
        public short events;
        public short revents;
    }

    [LibraryImport(Library, SetLastError = true)]
    public static partial int statx(int directory, byte* path, int flags, uint mask, statx_result* result);

    [LibraryImport(Library)]
    public static partial uint umask(uint mask);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int poll(struct_pollfd* descriptors, nuint count, int timeout);
}
