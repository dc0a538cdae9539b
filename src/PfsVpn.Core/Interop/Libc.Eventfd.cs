using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>Descriptors to wait on: <c>sys/eventfd.h</c> and <c>sys/timerfd.h</c>.</summary>
/// <remarks>References: eventfd(2), timerfd_create(2). A timer on CLOCK_BOOTTIME counts the time asleep and fires on resume.</remarks>
internal static unsafe partial class Libc
{
    public const int EFD_CLOEXEC = 0x80000, EFD_NONBLOCK = 0x800;
    public const int TFD_CLOEXEC = 0x80000, TFD_NONBLOCK = 0x800, TFD_TIMER_ABSTIME = 1, TFD_TIMER_CANCEL_ON_SET = 2;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int eventfd(uint initialValue, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int timerfd_create(int clock, int flags);

    [LibraryImport(Library, SetLastError = true)]
    public static partial int timerfd_settime(int descriptor, int flags, itimerspec* newValue, itimerspec* oldValue);
}
