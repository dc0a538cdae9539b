namespace PfsVpn.Cli.View;

/// <summary>How a <see cref="PeerCondition"/> follows from what a daemon says.</summary>
internal static class PeerConditions
{
    /// <summary>REJECT_AFTER_TIME, seconds: so long lives a session of a daemon that does not speak of its keys. Whitepaper § 6.1.</summary>
    public const double SessionSeconds = 180;

    /// <summary>Three times REKEY_TIMEOUT, seconds: an attempt that was repeated twice without an answer is called unanswered. Whitepaper § 6.1, 6.4.</summary>
    public const double UnansweredSeconds = 15;

    private static readonly string[] Words = ["never", "idle", "handshaking", "stale", "connected"];

    /// <summary>Judges a peer.</summary>
    /// <param name="handshakeAge">Seconds since the last completed handshake; null for none.</param>
    /// <param name="hasSession">Whether there is a current session key; null where the daemon does not say.</param>
    /// <param name="unanswered">Seconds since the first try of the handshake that is under way; null for none, or where the daemon does not say.</param>
    /// <param name="wantsKeepalive">Whether persistent keepalives are set: then a daemon that does not speak of its attempts surely makes some.</param>
    public static PeerCondition Judge(double? handshakeAge, bool? hasSession, double? unanswered, bool wantsKeepalive)
    {
        if (handshakeAge is not { } age) return unanswered is null ? PeerCondition.Never : PeerCondition.Handshaking;
        if (unanswered >= UnansweredSeconds) return PeerCondition.Stale;
        if (hasSession ?? age < SessionSeconds) return PeerCondition.Connected;
        if (unanswered is not null) return PeerCondition.Handshaking;
        return hasSession is null && wantsKeepalive ? PeerCondition.Stale : PeerCondition.Idle;
    }

    /// <summary>The word for it.</summary>
    public static string Word(this PeerCondition condition) => Words[(int)condition];
}
