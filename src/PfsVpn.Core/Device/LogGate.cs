using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>Lets one message of each kind through in each interval, so that a failing peer does not fill the log.</summary>
/// <remarks>Threading: the control thread. Sizes: an array made at the first message.</remarks>
internal sealed class LogGate
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(60);

    private long[]? _next;

    /// <summary>Whether a message of this kind may be logged at <paramref name="now"/>.</summary>
    public bool Allows(LogTopic topic, MonotonicTime now)
    {
        _next ??= new long[Enum.GetValues<LogTopic>().Length];
        ref var next = ref _next[(int)topic];
        if (now.Nanoseconds < next) return false;
        next = (now + Interval).Nanoseconds;
        return true;
    }

    /// <summary>Forgets what was logged: a peer that connected again may complain anew.</summary>
    public void Reset() => _next = null;
}

/// <summary>The kinds of message that are rate-limited.</summary>
internal enum LogTopic
{
    WrongKey,
    Dropped,
    UnknownPeer,
    PresharedKey,
    Replay,
    NoAnswer,
    NoRoute,
    NoEndpoint,
    Cookie,
    NotConfirmed,
    WeakKey,
    SelfPeer,
    SecretMemory,
}
