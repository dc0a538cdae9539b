namespace PfsVpn.Transport;

/// <summary>What the KeyLedger keeps an account of. Each is one entry, however many slots of the arena it takes.</summary>
internal enum KeyKind
{
    /// <summary>The two session keys of a handshake: 2 slots.</summary>
    Keypair,

    /// <summary>What an attempt at a handshake holds: ephemeral private key, chaining key and hash; its Diffie-Hellman results never outlive the step that makes them. 2 or 3 slots.</summary>
    HandshakeSecrets,

    /// <summary>A cookie that a peer under load gave us, 115 s at most: 1 slot.</summary>
    ReceivedCookie,

    /// <summary>The secret behind the cookies that we give while under load, 120 s at most: the one slot of the cookie checker while it is not zero.</summary>
    CookieSecret,

    /// <summary>The interface's private key: 1 slot.</summary>
    StaticPrivateKey,

    /// <summary>The Diffie-Hellman result of the interface's and a peer's static keys: 1 slot.</summary>
    StaticStaticSecret,

    /// <summary>A pre-shared key: 1 slot.</summary>
    PresharedKey,
}
