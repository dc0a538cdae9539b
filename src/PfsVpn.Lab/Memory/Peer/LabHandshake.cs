using PfsVpn.Lab.Memory.Search;
using PfsVpn.Noise;

namespace PfsVpn.Lab.Memory.Peer;

/// <summary>A Noise handshake of the test peer that writes down every secret that both ends share.</summary>
/// <remarks>
/// References: WireGuard paper §5.4.2 and §5.4.3. What is made of public values only, C and H before the first Diffie-Hellman result and H before the
/// pre-shared key, is on the wire for everybody and is not listed.
/// </remarks>
internal sealed class LabHandshake
{
    private readonly List<Secret> _secrets = [];
    private readonly string _name;
    private byte[] _chainingKey;
    private byte[] _hash;
    private byte[] _key = [];
    private int _chainingKeys;

    /// <param name="name">What its secrets are called.</param>
    /// <param name="responderPublicKey">The public key of the responder.</param>
    public LabHandshake(string name, byte[] responderPublicKey)
    {
        _name = name;
        _chainingKey = LabCrypto.Hash(ProtocolConstants.Construction);
        _hash = LabCrypto.Hash(LabCrypto.Hash(_chainingKey, ProtocolConstants.Identifier), responderPublicKey);
    }

    /// <summary>Every secret so far.</summary>
    public IReadOnlyList<Secret> Secrets => _secrets;

    /// <summary>Our ephemeral private key.</summary>
    public byte[] Ephemeral { get; } = LabCrypto.NewPrivateKey();

    /// <summary>e: C = KDF1(C, key), H = HASH(H || key).</summary>
    public void MixEphemeral(byte[] publicKey)
    {
        SetChainingKey(LabCrypto.Kdf(1, _chainingKey, publicKey)[0]);
        MixHash(publicKey);
    }

    /// <summary>es or ss: (C, k) = KDF2(C, DH).</summary>
    public void MixKey(SecretKind kind, string token, byte[] sharedSecret)
    {
        Note(kind, token, sharedSecret);
        var outputs = LabCrypto.Kdf(2, _chainingKey, sharedSecret);
        SetChainingKey(outputs[0]);
        SetKey(outputs[1], "k after " + token);
    }

    /// <summary>ee or se: C = KDF1(C, DH).</summary>
    public void Mix(string token, byte[] sharedSecret)
    {
        Note(SecretKind.DiffieHellman, token, sharedSecret);
        SetChainingKey(LabCrypto.Kdf(1, _chainingKey, sharedSecret)[0]);
    }

    /// <summary>psk: (C, t, k) = KDF3(C, psk), H = HASH(H || t).</summary>
    public void MixPresharedKey(byte[] presharedKey)
    {
        var outputs = LabCrypto.Kdf(3, _chainingKey, presharedKey);
        SetChainingKey(outputs[0]);
        Note(SecretKind.HandshakeKey, "t", outputs[1]);
        SetKey(outputs[2], "k after psk");
        MixHash(outputs[1]);
        Note(SecretKind.TranscriptHash, "H after psk", _hash);
    }

    /// <summary>ciphertext = AEAD(k, 0, plaintext, H), H = HASH(H || ciphertext).</summary>
    public byte[] Seal(byte[] plaintext)
    {
        var ciphertext = LabCrypto.Seal(_key, 0, plaintext, _hash);
        MixHash(ciphertext);
        return ciphertext;
    }

    /// <summary>Undoes <see cref="Seal"/>; null where it is not authentic.</summary>
    public byte[]? Open(byte[] ciphertext)
    {
        var plaintext = LabCrypto.Open(_key, 0, ciphertext, _hash);
        if (plaintext is not null) MixHash(ciphertext);
        return plaintext;
    }

    /// <summary>(T1, T2) = KDF2(C, "").</summary>
    public (byte[] First, byte[] Second) SessionKeys()
    {
        var outputs = LabCrypto.Kdf(2, _chainingKey, []);
        Note(SecretKind.TranscriptHash, "H at the end", _hash);
        Note(SecretKind.SessionKey, "T1", outputs[0]);
        Note(SecretKind.SessionKey, "T2", outputs[1]);
        return (outputs[0], outputs[1]);
    }

    private void MixHash(byte[] data) => _hash = LabCrypto.Hash(_hash, data);

    private void SetChainingKey(byte[] chainingKey)
    {
        _chainingKey = chainingKey;
        // The first is KDF1(constant, ephemeral public key): public.
        if (_chainingKeys++ > 0) Note(SecretKind.ChainingKey, $"C{_chainingKeys}", chainingKey);
    }

    private void SetKey(byte[] key, string name)
    {
        _key = key;
        Note(SecretKind.HandshakeKey, name, key);
    }

    private void Note(SecretKind kind, string what, byte[] bytes) => _secrets.Add(new Secret(kind, $"{_name}: {what}", bytes));
}
