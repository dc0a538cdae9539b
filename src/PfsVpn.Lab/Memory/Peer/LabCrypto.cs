using System.Buffers.Binary;
using PfsVpn.Crypto;
using PfsVpn.Interop;

namespace PfsVpn.Lab.Memory.Peer;

/// <summary>The protocol's primitives over plain arrays: the test peer keeps no secret from anyone.</summary>
/// <remarks>References: WireGuard paper §5.4, RFC 8439, RFC 5869.</remarks>
internal static unsafe class LabCrypto
{
    private const int TagBytes = 16;

    /// <summary>A new private key.</summary>
    public static byte[] NewPrivateKey()
    {
        var key = System.Security.Cryptography.RandomNumberGenerator.GetBytes(32);
        key[0] &= 248;
        key[31] = (byte)((key[31] & 127) | 64);
        return key;
    }

    /// <summary>The public key of a private one.</summary>
    public static byte[] PublicKey(byte[] privateKey)
    {
        var point = new byte[32];
        fixed (byte* q = point, n = privateKey) _ = Sodium.crypto_scalarmult_base(q, n);
        return point;
    }

    /// <summary>DH(private, public).</summary>
    public static byte[] SharedSecret(byte[] privateKey, byte[] publicKey)
    {
        var secret = new byte[32];
        fixed (byte* q = secret, n = privateKey, p = publicKey) _ = Sodium.crypto_scalarmult(q, n, p);
        return secret;
    }

    /// <summary>HASH(first || second).</summary>
    public static byte[] Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default)
    {
        var hash = new byte[32];
        Blake2s.Hash(hash, first, second);
        return hash;
    }

    /// <summary>MAC(key, input): 16 bytes.</summary>
    public static byte[] Mac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input)
    {
        var mac = new byte[16];
        Blake2s.Mac(mac, key, input);
        return mac;
    }

    /// <summary>KDFn: <paramref name="count"/> outputs of 32 bytes.</summary>
    public static byte[][] Kdf(int count, ReadOnlySpan<byte> chainingKey, ReadOnlySpan<byte> input)
    {
        var secret = Hmac(chainingKey, input);
        var outputs = new byte[count][];
        byte[] last = [];
        for (var i = 0; i < count; i++) outputs[i] = last = Hmac(secret, [.. last, (byte)(i + 1)]);
        return outputs;
    }

    /// <summary>AEAD(key, counter, plaintext, additional).</summary>
    public static byte[] Seal(byte[] key, ulong counter, byte[] plaintext, byte[] additional)
    {
        var ciphertext = new byte[plaintext.Length + TagBytes];
        var nonce = Nonce(counter);
        fixed (byte* c = ciphertext, p = plaintext, ad = additional, n = nonce, k = key)
            _ = Sodium.crypto_aead_chacha20poly1305_ietf_encrypt(c, null, p, (ulong)plaintext.Length, ad, (ulong)additional.Length, null, n, k);
        return ciphertext;
    }

    /// <summary>The plaintext, or null where the ciphertext is not authentic.</summary>
    public static byte[]? Open(byte[] key, ulong counter, byte[] ciphertext, byte[] additional)
    {
        if (ciphertext.Length < TagBytes) return null;
        var plaintext = new byte[ciphertext.Length - TagBytes];
        var nonce = Nonce(counter);
        fixed (byte* c = ciphertext, p = plaintext, ad = additional, n = nonce, k = key)
            return Sodium.crypto_aead_chacha20poly1305_ietf_decrypt(p, null, null, c, (ulong)ciphertext.Length, ad, (ulong)additional.Length, n, k) == 0 ? plaintext : null;
    }

    /// <summary>XAEAD with a 24-byte nonce: of cookie replies.</summary>
    public static byte[] SealX(byte[] key, byte[] nonce, byte[] plaintext, byte[] additional)
    {
        var ciphertext = new byte[plaintext.Length + TagBytes];
        fixed (byte* c = ciphertext, p = plaintext, ad = additional, n = nonce, k = key)
            _ = Sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(c, null, p, (ulong)plaintext.Length, ad, (ulong)additional.Length, null, n, k);
        return ciphertext;
    }

    /// <summary>The one-time key of a packet, r and s: the first half of block 0 of its key stream (RFC 8439 §2.6).</summary>
    public static byte[] PacketKey(byte[] key, ulong counter)
    {
        var state = new uint[16];
        ReadOnlySpan<uint> constants = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];
        constants.CopyTo(state);
        for (var i = 0; i < 8; i++) state[4 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key.AsSpan(4 * i));
        (state[14], state[15]) = ((uint)counter, (uint)(counter >> 32));
        var start = (uint[])state.Clone();
        for (var round = 0; round < 10; round++)
        {
            for (var i = 0; i < 4; i++) QuarterRound(state, i, 4 + i, 8 + i, 12 + i);
            for (var i = 0; i < 4; i++) QuarterRound(state, i, 4 + ((i + 1) % 4), 8 + ((i + 2) % 4), 12 + ((i + 3) % 4));
        }
        var block = new byte[32];
        for (var i = 0; i < 8; i++) BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(4 * i), state[i] + start[i]);
        return block;
    }

    private static void QuarterRound(uint[] s, int a, int b, int c, int d)
    {
        s[d] = uint.RotateLeft(s[d] ^ (s[a] += s[b]), 16);
        s[b] = uint.RotateLeft(s[b] ^ (s[c] += s[d]), 12);
        s[d] = uint.RotateLeft(s[d] ^ (s[a] += s[b]), 8);
        s[b] = uint.RotateLeft(s[b] ^ (s[c] += s[d]), 7);
    }

    private static byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> input)
    {
        var pad = new byte[64];
        key.CopyTo(pad);
        for (var i = 0; i < pad.Length; i++) pad[i] ^= 0x36;
        var inner = Hash(pad, input);
        for (var i = 0; i < pad.Length; i++) pad[i] ^= 0x36 ^ 0x5c;
        return Hash(pad, inner);
    }

    private static byte[] Nonce(ulong counter)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(nonce.AsSpan(4), counter);
        return nonce;
    }
}
