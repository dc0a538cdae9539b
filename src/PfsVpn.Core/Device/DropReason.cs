namespace PfsVpn.Device;

/// <summary>Why a packet was dropped. Every drop is counted under one of these names; they are shown to the user.</summary>
internal enum DropReason
{
    /// <summary>A datagram shorter than its message type needs, or longer than a handshake message may be.</summary>
    WrongLength,

    /// <summary>The first byte is none of the four message types.</summary>
    UnknownType,

    /// <summary>One of the three reserved bytes is not zero.</summary>
    ReservedBytes,

    /// <summary>mac1 is wrong: the sender does not know our public key.</summary>
    WrongMac1,

    /// <summary>Under load and without a valid mac2: a cookie reply was sent instead.</summary>
    CookieDemanded,

    /// <summary>Under load and over the token bucket of the source address.</summary>
    RateLimited,

    /// <summary>The bounded queue of handshake messages is full.</summary>
    HandshakeQueueFull,

    /// <summary>A handshake message does not decrypt: a wrong static key.</summary>
    HandshakeAuthentication,

    /// <summary>A response does not decrypt under the pre-shared key that we have.</summary>
    PresharedKeyMismatch,

    /// <summary>An initiation from a static key that is no peer.</summary>
    UnknownPeer,

    /// <summary>An initiation whose timestamp is not greater than the greatest one seen.</summary>
    ReplayedTimestamp,

    /// <summary>An initiation within 20 ms of the last accepted one of the same peer.</summary>
    InitiationFlood,

    /// <summary>A response or cookie reply for an index that is no handshake of ours.</summary>
    UnknownHandshake,

    /// <summary>A cookie reply that does not decrypt against the last mac1 sent, or a second one.</summary>
    InvalidCookieReply,

    /// <summary>A public key of small order.</summary>
    WeakKey,

    /// <summary>Data for an index that is no keypair of ours.</summary>
    UnknownIndex,

    /// <summary>Data for a keypair that was erased less than 180 s ago: the peer is sent an initiation.</summary>
    ErasedKeypair,

    /// <summary>Data for a keypair past REJECT_AFTER_TIME or REJECT_AFTER_MESSAGES.</summary>
    KeypairExpired,

    /// <summary>Data whose tag is wrong.</summary>
    Authentication,

    /// <summary>A counter that was seen before or is too far behind.</summary>
    ReplayedCounter,

    /// <summary>A decrypted packet that is neither IPv4 nor IPv6 or too short for its header.</summary>
    MalformedInner,

    /// <summary>A decrypted packet shorter than the length in its IP header.</summary>
    InnerLength,

    /// <summary>A decrypted packet whose source does not belong to the peer that sent it.</summary>
    ForbiddenSource,

    /// <summary>A packet from the TUN that is neither IPv4 nor IPv6.</summary>
    MalformedOutbound,

    /// <summary>A packet from the TUN whose destination belongs to no peer.</summary>
    NoPeer,

    /// <summary>A packet from the TUN for a peer whose endpoint is not known.</summary>
    NoEndpoint,

    /// <summary>A staged packet displaced by a newer one.</summary>
    StagedOverflow,

    /// <summary>A staged packet given up together with the handshake, or with its peer.</summary>
    StagedAbandoned,

    /// <summary>The system did not take a datagram.</summary>
    SendFailed,

    /// <summary>The TUN did not take a packet.</summary>
    TunWriteFailed,

    /// <summary>The interface is down.</summary>
    InterfaceDown,

    /// <summary>A handshake message while the machine is about to sleep, or has just woken.</summary>
    Resting,

    /// <summary>A handshake for which no more memory could be locked for its keys.</summary>
    OutOfSecretMemory,
}
