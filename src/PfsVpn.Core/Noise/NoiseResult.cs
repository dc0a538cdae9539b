namespace PfsVpn.Noise;

/// <summary>How consuming a handshake message ended. Everything but <see cref="Ok"/> leaves the peer's handshake as it was.</summary>
internal enum NoiseResult
{
    /// <summary>Everything was verified.</summary>
    Ok,

    /// <summary>The length, the type or a reserved byte is not that of the message.</summary>
    Malformed,

    /// <summary>An initiation does not decrypt: it was made for another static key, or it was altered.</summary>
    Authentication,

    /// <summary>A response to our own latest initiation does not decrypt; see <see cref="Handshake.ConsumeResponse"/> for what follows from that.</summary>
    PresharedKeySuspected,

    /// <summary>A public key of small order: a Diffie-Hellman result is zero.</summary>
    WeakKey,

    /// <summary>The timestamp is not greater than the greatest one seen from this static key.</summary>
    Replay,

    /// <summary>Within 20 ms of the last accepted initiation of this static key.</summary>
    Flood,

    /// <summary>A response to no initiation that is outstanding now.</summary>
    UnknownState,
}
