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

    private const int NonceSizeInBytes = 12;

    /// <summary>Seals <paramref name="count"/> packets in place, each with its own counter, and writes each tag behind its text.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A length is negative.</exception>
    /// <exception cref="ObjectDisposedException">The key was erased before or meanwhile; the packets must not be sent.</exception>
    public void Seal(SecretKey key, AeadPacket* packets, int count)
    {
        var secret = key.Pointer;
        var nonce = stackalloc byte[NonceSizeInBytes];
        for (var i = 0; i < count; i++)
        {
            ref var packet = ref packets[i];
            ArgumentOutOfRangeException.ThrowIfNegative(packet.PlaintextLength);
            WriteNonce(nonce, packet.Counter);
            _ = Sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
                packet.Data, null, packet.Data, (ulong)packet.PlaintextLength, null, 0, null, nonce, secret);
        }
        key.ThrowIfErased();
    }

    /// <summary>
    /// Opens <paramref name="count"/> packets in place and sets <see cref="AeadPacket.Authentic"/> of each; returns how many are authentic.
    /// The text of one that is not is never decrypted.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The key was erased before or meanwhile; none of the packets is to be trusted.</exception>
    public int Open(SecretKey key, AeadPacket* packets, int count)
    {
        var secret = key.Pointer;
        var nonce = stackalloc byte[NonceSizeInBytes];
        var authentic = 0;
        for (var i = 0; i < count; i++)
        {
            ref var packet = ref packets[i];
            WriteNonce(nonce, packet.Counter);
            var opened = packet.PlaintextLength >= 0 && Sodium.crypto_aead_chacha20poly1305_ietf_decrypt(
                packet.Data, null, null, packet.Data, (ulong)packet.PlaintextLength + TagSizeInBytes, null, 0, nonce, secret) == 0;
            packet.Authentic = opened ? 1 : 0;
            authentic += packet.Authentic;
        }
        key.ThrowIfErased();
        return authentic;
    }

    private static void WriteNonce(byte* nonce, ulong counter)
    {
        *(uint*)nonce = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(nonce + 4, 8), counter);
    }
}
