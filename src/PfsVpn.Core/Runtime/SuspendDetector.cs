using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>
/// Notices that the machine slept: the boot clock went on meanwhile and the monotonic one did not. Nobody needs to say so, no logind and no bus.
/// </summary>
/// <param name="read">Reads both clocks; <see cref="BootClock.Both"/> but in tests.</param>
/// <remarks>
/// The two cannot be read at once, so the monotonic one is read before and after: a thread that is kept from running in between has not slept.
/// Threading: one thread.
/// </remarks>
internal sealed class SuspendDetector(Func<ClockReading> read)
{
    /// <summary>Shorter sleeps leave every session as it is.</summary>
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);

    private TimeSpan _most = read().MostAsleep;

    /// <summary>How long the machine slept since the call before; zero where it did not.</summary>
    public TimeSpan Observe()
    {
        var now = read();
        var slept = now.LeastAsleep - _most;
        if (slept >= Shortest)
        {
            _most = now.MostAsleep;
            return slept;
        }
        // The tightest bound that was seen: a thread that was held up must not hide a sleep that comes later.
        if (now.MostAsleep < _most) _most = now.MostAsleep;
        return TimeSpan.Zero;
    }
}

/// <summary>Both clocks, read one after the other.</summary>
/// <param name="UptimeBefore">The monotonic clock, before.</param>
/// <param name="Boot">The boot clock.</param>
/// <param name="UptimeAfter">The monotonic clock, after.</param>
internal readonly record struct ClockReading(TimeSpan UptimeBefore, MonotonicTime Boot, TimeSpan UptimeAfter)
{
    private TimeSpan SinceBoot => Boot - default(MonotonicTime);

    /// <summary>At least so long the machine has slept since its boot.</summary>
    public TimeSpan LeastAsleep => SinceBoot - UptimeAfter;

    /// <summary>At most so long the machine has slept since its boot.</summary>
    public TimeSpan MostAsleep => SinceBoot - UptimeBefore;
}
