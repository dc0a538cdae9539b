using PfsVpn.Interop;
using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>The clocks of the system. Only Runtime reads them.</summary>
/// <remarks>
/// The boot clock, CLOCK_BOOTTIME or Windows' interrupt time, runs on during suspend, which <see cref="System.Diagnostics.Stopwatch"/> need not do.
/// Threading: safe from any thread.
/// </remarks>
internal static unsafe class BootClock
{
    /// <summary>Nanoseconds since boot.</summary>
    public static MonotonicTime Now => new(OperatingSystem.IsWindows() ? WindowsClocks.BootTicks * 100 : Read(Libc.CLOCK_BOOTTIME));

    /// <summary>Time since boot without the time asleep: what systemd calls monotonic.</summary>
    public static TimeSpan Uptime => new(OperatingSystem.IsWindows() ? WindowsClocks.AwakeTicks : Read(Libc.CLOCK_MONOTONIC) / 100);

    /// <summary>The boot clock between two looks at the other one.</summary>
    public static ClockReading Both()
    {
        var before = Uptime;
        var boot = Now;
        return new ClockReading(before, boot, Uptime);
    }

    /// <summary>Time since 1970-01-01 UTC.</summary>
    public static TimeSpan WallClock => new(OperatingSystem.IsWindows() ? WindowsClocks.UnixTicks : Read(Libc.CLOCK_REALTIME) / 100);

    private static long Read(int clock)
    {
        Libc.timespec time;
        _ = Libc.clock_gettime(clock, &time);
        return (time.tv_sec * 1_000_000_000) + time.tv_nsec;
    }
}
