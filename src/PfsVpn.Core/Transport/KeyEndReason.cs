namespace PfsVpn.Transport;

/// <summary>Why a key was erased. Shown to the user, counted by the KeyLedger.</summary>
public enum KeyEndReason
{
    /// <summary>A newer keypair took its place in the rotation.</summary>
    Replaced,

    /// <summary>The previous keypair, REKEY_TIMEOUT after the peer was heard on the newer one.</summary>
    PreviousRetired,

    /// <summary>An unconfirmed keypair, replaced by another unconfirmed one.</summary>
    NeverConfirmed,

    /// <summary>REJECT_AFTER_TIME since it was derived.</summary>
    TooOld,

    /// <summary>REJECT_AFTER_MESSAGES sealed or opened.</summary>
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
}
