using PfsVpn.Crypto;

namespace PfsVpn.Noise;

/// <summary>The running state of a Noise handshake in arena slots: chaining key C, hash H, the key k of the next AEAD, and one temporary.</summary>
/// <remarks>
/// References: WireGuard paper §5.4, Noise specification revision 34 §5.2. Sizes: 4 slots of 32 bytes. Threading: one owner.
/// </remarks>
internal sealed class SymmetricState : IDisposable
{
    private static readonly byte[] ConstructionHash = ComputeConstructionHash();
    private static readonly byte[] ProtocolHash = ComputeProtocolHash();

    private readonly SecretKey _key;
    private readonly SecretKey _temporary;

    public SymmetricState(SecretArena arena)
    {
        ChainingKey = arena.Allocate();
        Hash = arena.Allocate();
        _key = arena.Allocate();
        _temporary = arena.Allocate();
    }

    /// <summary>C.</summary>
    public SecretKey ChainingKey { get; }

    /// <summary>H. Not secret before the pre-shared key enters; kept like one anyhow.</summary>
    public SecretKey Hash { get; }

    private static ReadOnlySpan<byte> NoPresharedKey => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>HASH(HASH(HASH(CONSTRUCTION) || IDENTIFIER) || responder): the first H, of public values only.</summary>
    public static void ComputeInitialHash(Span<byte> hash, in PublicKey responder)
    {
        Span<byte> key = stackalloc byte[PublicKey.SizeInBytes];
        responder.CopyTo(key);
        Blake2s.Hash(hash, ProtocolHash, key);
    }

    /// <summary>C = HASH(CONSTRUCTION), H = the initial hash of the responder.</summary>
    public void Start(ReadOnlySpan<byte> initialHash)
    {
        ConstructionHash.CopyTo(ChainingKey.Bytes);
        initialHash.CopyTo(Hash.Bytes);
    }

    /// <summary>Goes on from C and H of a handshake.</summary>
    public void Resume(SecretKey chainingKey, SecretKey hash)
    {
        ChainingKey.CopyFrom(chainingKey);
        Hash.CopyFrom(hash);
    }

    /// <summary>H = HASH(H || data).</summary>
    public void MixHash(ReadOnlySpan<byte> data) => Blake2s.Hash(Hash.Bytes, Hash.Bytes, data);

    /// <summary>An ephemeral public key: C = KDF1(C, key), H = HASH(H || key).</summary>
    public void MixEphemeral(ReadOnlySpan<byte> publicKey)
    {
        Kdf.Derive1(ChainingKey, ChainingKey, publicKey);
        MixHash(publicKey);
    }

    /// <summary>C = KDF1(C, DH(privateKey, publicKey)). False for a key of small order.</summary>
    public bool TryMixSharedSecret(SecretKey privateKey, in PublicKey publicKey)
    {
        if (!X25519.TryDeriveSharedSecret(_temporary, privateKey, publicKey)) return false;
        Kdf.Derive1(ChainingKey, ChainingKey, _temporary.Bytes);
        _temporary.Erase();
        return true;
    }

    /// <summary>(C, k) = KDF2(C, DH(privateKey, publicKey)). False for a key of small order.</summary>
    public bool TryMixSharedSecretAndKey(SecretKey privateKey, in PublicKey publicKey)
    {
        if (!X25519.TryDeriveSharedSecret(_temporary, privateKey, publicKey)) return false;
        MixKey(_temporary);
        _temporary.Erase();
        return true;
    }

    /// <summary>(C, k) = KDF2(C, input).</summary>
    public void MixKey(SecretKey input) => Kdf.Derive2(ChainingKey, _key, ChainingKey, input.Bytes);

    /// <summary>(C, t, k) = KDF3(C, psk or 32 zero bytes), H = HASH(H || t).</summary>
    public void MixPresharedKey(SecretKey? presharedKey)
    {
        var input = presharedKey is null ? NoPresharedKey : presharedKey.Bytes;
        Kdf.Derive3(ChainingKey, _temporary, _key, ChainingKey, input);
        MixHash(_temporary.Bytes);
        _temporary.Erase();
    }

    /// <summary>ciphertext = AEAD(k, 0, plaintext, H), H = HASH(H || ciphertext).</summary>
    public void SealAndHash(Span<byte> ciphertext, ReadOnlySpan<byte> plaintext)
    {
        HandshakeAead.Seal(ciphertext, _key, plaintext, Hash.Bytes);
        MixHash(ciphertext);
    }

    /// <summary>Undoes <see cref="SealAndHash"/>; false, with H as it was, where the ciphertext is not authentic.</summary>
    public bool TryOpenAndHash(Span<byte> plaintext, ReadOnlySpan<byte> ciphertext)
    {
        if (!HandshakeAead.TryOpen(plaintext, _key, ciphertext, Hash.Bytes)) return false;
        MixHash(ciphertext);
        return true;
    }

    /// <summary>Zeroes everything and keeps the slots.</summary>
    public void Erase()
    {
        ChainingKey.Erase();
        Hash.Erase();
        _key.Erase();
        _temporary.Erase();
    }

    public void Dispose()
    {
        ChainingKey.Dispose();
        Hash.Dispose();
        _key.Dispose();
        _temporary.Dispose();
    }

    private static byte[] ComputeConstructionHash()
    {
        var hash = new byte[Blake2s.HashSizeInBytes];
        Blake2s.Hash(hash, ProtocolConstants.Construction);
        return hash;
    }

    private static byte[] ComputeProtocolHash()
    {
        var hash = ComputeConstructionHash();
        Blake2s.Hash(hash, hash, ProtocolConstants.Identifier);
        return hash;
    }
}
