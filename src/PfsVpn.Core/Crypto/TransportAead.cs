using System.Buffers.Binary;
using PfsVpn.Interop;

namespace PfsVpn.Crypto;

/// <summary>ChaCha20-Poly1305 for the data path: batches of packets under one key, sealed and opened in place.</summary>
/// <remarks>
/// References: RFC 8439, WireGuard paper §5.4.6. Nonce: 4 zero bytes, then the counter, little-endian.
/// Threading: one instance a worker thread. The caller holds a lease on the keypair that owns the key.
/// </remarks>
public sealed unsafe class TransportAead
{
    /// <summary>Size of the authentication tag.</summary>
    public const int TagSizeInBytes = 16;

    /// <summary>Seals <paramref name="count"/> packets in place, each with its own counter, and writes each tag behind its text.</summary>
    public void Seal(SecretKey key, AeadPacket* packets, int count)
    {
        var secret = key.Pointer;
        var nonce = stackalloc byte[12];
        for (var i = 0; i < count; i++)
        {
            WriteNonce(nonce, packets[i].Counter);
            _ = Sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
                packets[i].Data, null, packets[i].Data, (ulong)packets[i].PlaintextLength, null, 0, null, nonce, secret);
        }
    }

    /// <summary>Opens <paramref name="count"/> packets in place and sets <see cref="AeadPacket.Authentic"/> of each; returns how many are authentic.</summary>
    public int Open(SecretKey key, AeadPacket* packets, int count)
    {
        var secret = key.Pointer;
        var nonce = stackalloc byte[12];
        var authentic = 0;
        for (var i = 0; i < count; i++)
        {
            WriteNonce(nonce, packets[i].Counter);
            var ok = Sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
                packets[i].Data, null, null, packets[i].Data, (ulong)(packets[i].PlaintextLength + TagSizeInBytes), null, 0, nonce, secret) == 0;
            packets[i].Authentic = ok ? 1 : 0;
            authentic += packets[i].Authentic;
        }
        return authentic;
    }

    private static void WriteNonce(byte* nonce, ulong counter)
    {
        *(uint*)nonce = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(nonce + 4, 8), counter);
    }
}
