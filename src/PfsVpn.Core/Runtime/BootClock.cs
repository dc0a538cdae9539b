using PfsVpn.Interop;
using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>The clocks of the system. Only Runtime reads them.</summary>
/// <remarks>CLOCK_BOOTTIME runs on during suspend, which <see cref="System.Diagnostics.Stopwatch"/> does not.</remarks>
internal static unsafe class BootClock
{
    /// <summary>Nanoseconds since boot.</summary>
    public static MonotonicTime Now => new(Read(Libc.CLOCK_BOOTTIME));

    /// <summary>Time since boot without the time asleep: what systemd calls monotonic.</summary>
    public static TimeSpan Uptime => new(Read(Libc.CLOCK_MONOTONIC) / 100);

    /// <summary>The boot clock between two looks at the other one.</summary>
    public static ClockReading Both()
    {
        var before = Uptime;
        var boot = Now;
        return new ClockReading(before, boot, Uptime);
    }

    /// <summary>Time since 1970-01-01 UTC.</summary>
    public static TimeSpan WallClock => new(Read(Libc.CLOCK_REALTIME) / 100);

    private static long Read(int clock)
    {
        Libc.timespec time;
        _ = Libc.clock_gettime(clock, &time);
        return (time.tv_sec * 1_000_000_000) + time.tv_nsec;
    }
}
