namespace PfsVpn.Cli.View;

/// <summary>In one word, how it is with a peer. The names in lower case are what <c>show --json</c> and <c>top</c> say.</summary>
internal enum PeerCondition
{
    /// <summary>There was no handshake since the interface exists, and none is tried.</summary>
    Never,

    /// <summary>There was a session, and now there is none, nor is one wanted: nobody has anything to say.</summary>
    Idle,

    /// <summary>A handshake is under way, and it is too early to call it unanswered.</summary>
    Handshaking,

    /// <summary>A session is wanted, and the peer does not answer.</summary>
    Stale,

    /// <summary>There is a session key with the peer.</summary>
    Connected,
}
