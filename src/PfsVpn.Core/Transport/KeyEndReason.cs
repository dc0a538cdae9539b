namespace PfsVpn.Transport;

/// <summary>Why a key was erased. Shown to the user, counted by the KeyLedger.</summary>
internal enum KeyEndReason
{
    /// <summary>A newer one of its kind took its place: a keypair in the rotation, a new attempt at a handshake, a new cookie.</summary>
    Replaced,

    /// <summary>The previous keypair, REKEY_TIMEOUT after the peer was heard on the newer one.</summary>
    PreviousRetired,

    /// <summary>An unconfirmed keypair, replaced by another unconfirmed one.</summary>
    NeverConfirmed,

    /// <summary>Its time was over: REJECT_AFTER_TIME since a keypair was derived or what was set instead, 115 s for a cookie, 120 s for the secret behind cookies.</summary>
    TooOld,

    /// <summary>REJECT_AFTER_MESSAGES sealed and opened, or opened on a previous keypair: no message can use it any more.</summary>
    TooManyMessages,

    /// <summary>3 * REJECT_AFTER_TIME without a new session.</summary>
    ZeroKeyMaterial,

    /// <summary>The peer was removed.</summary>
    PeerRemoved,

    /// <summary>The interface's private key was changed.</summary>
    PrivateKeyChanged,

    /// <summary>The interface went down.</summary>
    InterfaceDown,

    /// <summary>The program ends.</summary>
    Shutdown,

    /// <summary>The secrets of a handshake, when its session keys existed.</summary>
    HandshakeCompleted,

    /// <summary>The secrets of a handshake that nobody answered in time, or that could not go on.</summary>
    HandshakeAbandoned,

    /// <summary>The peer's pre-shared key was changed or taken away.</summary>
    PresharedKeyChanged,

    /// <summary>The machine was about to sleep.</summary>
    BeforeSleep,

    /// <summary>The virtual machine was cloned or restored: the same counters could be used twice.</summary>
    MachineCloned,
}
