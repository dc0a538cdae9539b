using PfsVpn.Timers;

namespace PfsVpn.Cli.Attend;

/// <summary>Says when a peer is reached and when it is not any more, for the hooks.</summary>
/// <remarks>Sans-IO. Threading: one thread.</remarks>
internal sealed class SessionWatch
{
    /// <summary>A peer without a session for so long is gone. Sessions of a peer that is silent end and come again with the next packet, so it is not said at once.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(180);

    private MonotonicTime _lastSession;

    /// <summary>Whether the peer counts as reached.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>The daemon says whether there is a session now. Returns what has become of the peer by that.</summary>
    public SessionEvent See(bool hasSession, MonotonicTime now)
    {
        if (hasSession)
        {
            _lastSession = now;
            if (IsConnected) return SessionEvent.None;
            IsConnected = true;
            return SessionEvent.Connect;
        }
        return IsConnected && now >= _lastSession + Grace ? End() : SessionEvent.None;
    }

    /// <summary>The interface ends, and with it all sessions.</summary>
    public SessionEvent End()
    {
        if (!IsConnected) return SessionEvent.None;
        IsConnected = false;
        return SessionEvent.Disconnect;
    }
}

/// <summary>What became of a peer.</summary>
internal enum SessionEvent
{
    /// <summary>Nothing new.</summary>
    None,

    /// <summary>It has its first session since the start, or since the last disconnect.</summary>
    Connect,

    /// <summary>It had no session for <see cref="SessionWatch.Grace"/>, or the interface ends.</summary>
    Disconnect,
}
