namespace PfsVpn.Timers;

/// <summary>The timers of a peer. The first six are the protocol's, the rest end keys on time.</summary>
internal enum PeerTimer
{
    /// <summary>1. Repeat the initiation: REKEY_TIMEOUT and jitter after the last one.</summary>
    RetransmitHandshake,

    /// <summary>2. Send a keepalive: KEEPALIVE_TIMEOUT after data was received and nothing sent.</summary>
    SendKeepalive,

    /// <summary>3. Start a handshake: KEEPALIVE_TIMEOUT + REKEY_TIMEOUT and jitter after data was sent and nothing received.</summary>
    NewHandshake,

    /// <summary>4. Start a deferred handshake: REKEY_TIMEOUT after the last handshake message, when the pacer says, or when the other side has not.</summary>
    DeferredHandshake,

    /// <summary>5. Persistent keepalive: every N seconds without an authenticated packet.</summary>
    PersistentKeepalive,

    /// <summary>6. Zero key material: 3 * REJECT_AFTER_TIME after the last session was derived.</summary>
    ZeroKeyMaterial,

    /// <summary>End the previous keypair: REKEY_TIMEOUT after the peer was heard on the newer one.</summary>
    EndPrevious,

    /// <summary>End the keypair that is the first to reach REJECT_AFTER_TIME.</summary>
    EndKeypair,

    /// <summary>Wipe the cookie.</summary>
    EndCookie,
}
