using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>Spreads initiations: a burst at once, then a steady rate.</summary>
/// <remarks>
/// One number: the moment at which the next one would go if there never were a burst (a virtual schedule). Sizes: 24 bytes. Threading: the control thread.
/// </remarks>
internal sealed class InitiationPacer(int perSecond, int burst)
{
    private readonly long _interval = 1_000_000_000L / perSecond;
    private readonly long _ahead = 1_000_000_000L / perSecond * (burst - 1);
    private long _next;

    /// <summary>Gives the caller a moment of its own, <paramref name="now"/> or later.</summary>
    public MonotonicTime Reserve(MonotonicTime now)
    {
        var slot = Slot(now);
        _next = slot + _interval;
        return slot > now.Nanoseconds ? new MonotonicTime(slot) : now;
    }

    /// <summary>Takes a moment where one is free now.</summary>
    public bool TryTake(MonotonicTime now)
    {
        var slot = Slot(now);
        if (slot > now.Nanoseconds) return false;
        _next = slot + _interval;
        return true;
    }

    /// <summary>The moments that were given away and have not come are free again: whoever had them wants them no more. That makes no new burst.</summary>
    public void TakeBack(MonotonicTime now) => _next = Math.Min(_next, now.Nanoseconds);

    private long Slot(MonotonicTime now) => Math.Max(_next, now.Nanoseconds - _ahead);
}
