using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>Clocks: <c>time.h</c>.</summary>
/// <remarks>References: clock_gettime(2). CLOCK_BOOTTIME runs on during suspend, which .NET's own clocks do not.</remarks>
internal static unsafe partial class Libc
{
    public const int CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_BOOTTIME = 7;

    [LibraryImport(Library, SetLastError = true)]
    public static partial int clock_gettime(int clock, timespec* time);

    /// <summary>16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @timespec
    {
        public long tv_sec;
        public long tv_nsec;
    }

    /// <summary>32 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct @itimerspec
    {
        public timespec it_interval;
        public timespec it_value;
    }
}
