using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>The control loop's sign of life for the service manager: given by the loop itself, so that a stuck loop gives none.</summary>
/// <remarks>Threading: the control loop. Ownership: the notifier is the caller's.</remarks>
internal sealed class WatchdogBeat
{
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(1);

    private readonly SystemdNotifier? _notifier;
    private readonly TimeSpan _interval;

    /// <summary>Beats twice in each timeout of the watchdog; never where nobody listens.</summary>
    public WatchdogBeat(SystemdNotifier? notifier)
    {
        if (notifier?.WatchdogTimeout is not { } timeout) return;
        _notifier = notifier;
        _interval = timeout / 2;
        Next = default;
    }

    /// <summary>When the next one is due.</summary>
    public MonotonicTime Next { get; private set; } = MonotonicTime.Infinite;

    /// <summary>Beats where it is due. A manager that does not take it now is asked again soon.</summary>
    public void Beat(MonotonicTime now)
    {
        if (now < Next) return;
        Next = now + (_notifier!.Watchdog() || _interval < LongestRetry ? _interval : LongestRetry);
    }
}
