using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>File system events: <c>sys/inotify.h</c>.</summary>
/// <remarks>References: inotify(7). Values are those of Linux on x86-64 and ARM64.</remarks>
internal static unsafe partial class Libc
{
    public const int IN_CLOEXEC = 0x80000, IN_NONBLOCK = 0x800;
    public const uint IN_MOVED_FROM = 0x40, IN_MOVED_TO = 0x80, IN_CREATE = 0x100, IN_DELETE = 0x200, IN_DELETE_SELF = 0x400, IN_MOVE_SELF = 0x800;
    public const uint IN_ONLYDIR = 0x01000000;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int inotify_init1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int inotify_add_watch(int descriptor, byte* path, uint mask);
}
