namespace PfsVpn.Lab.Memory.Search;

/// <summary>What a secret is.</summary>
internal enum SecretKind
{
    /// <summary>T1 or T2: what data are sealed with.</summary>
    SessionKey,

    /// <summary>C after a Diffie-Hellman result or the pre-shared key was mixed in; before that it is made of public values.</summary>
    ChainingKey,

    /// <summary>k of a handshake message, or t, the value that the pre-shared key adds to the hash.</summary>
    HandshakeKey,

    /// <summary>H after t was mixed in; before that it is made of what is on the wire.</summary>
    TranscriptHash,

    /// <summary>es, ee or se.</summary>
    DiffieHellman,

    /// <summary>ss.</summary>
    StaticStatic,

    /// <summary>The pre-shared key.</summary>
    PresharedKey,

    /// <summary>The daemon's static private key.</summary>
    PrivateKey,

    /// <summary>An ephemeral private key of the process itself, known where its randomness is.</summary>
    EphemeralPrivateKey,

    /// <summary>r and s of one packet: half of the first block of its key stream.</summary>
    PacketKey,

    /// <summary>A cookie that the daemon was given: 16 bytes.</summary>
    Cookie,

    /// <summary>A marker in packets that went through the tunnel.</summary>
    Plaintext,
}
