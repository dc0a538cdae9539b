namespace PfsVpn.Device;

/// <summary>Why there is no session with a peer, or none that works: each says something that a person can act on. The names are shown to the user.</summary>
internal enum HandshakeFailure
{
    /// <summary>None.</summary>
    None,

    /// <summary>An initiation was sent, and nothing came back: a wrong address, a peer that does not run or does not know our key, a firewall.</summary>
    NoAnswer,

    /// <summary>There is something to send, and the peer's address is not known: set it, or wait until the peer calls.</summary>
    NoEndpoint,

    /// <summary>The system has no way to the endpoint.</summary>
    NetworkUnreachable,

    /// <summary>The system refused a datagram for another reason.</summary>
    SendFailed,

    /// <summary>A response to our initiation does not decrypt: the pre-shared keys differ, it is suspected.</summary>
    ResponseRefused,

    /// <summary>The peer initiates again and again and takes none of our responses: they do not arrive, or the pre-shared keys differ.</summary>
    ResponsesNotTaken,

    /// <summary>An initiation of the peer repeats an old timestamp: a replay, or its clock went back.</summary>
    ReplayedTimestamp,

    /// <summary>The peer is under load and demanded a cookie; the next initiation carries it.</summary>
    UnderLoad,

    /// <summary>The peer's public key is a point of small order: there will never be a session.</summary>
    WeakKey,
}
