using System.Buffers.Binary;
using PfsVpn.Interop;

namespace PfsVpn.Lab.Seizure;

/// <summary>Opens data messages with a key that an attacker has.</summary>
/// <remarks>References: WireGuard paper §5.4.6; by libsodium. Threading: pure functions.</remarks>
internal static unsafe class MessageOpener
{
    private const int NonceBytes = 12;

    /// <summary>Whether the tag of a message is right under <paramref name="key"/>, 32 bytes; then <paramref name="text"/>, long enough, has the text.</summary>
    public static bool TryOpen(Span<byte> text, byte* key, ulong counter, ReadOnlySpan<byte> ciphertext)
    {
        var nonce = stackalloc byte[NonceBytes];
        *(uint*)nonce = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(nonce + sizeof(uint), sizeof(ulong)), counter);
        fixed (byte* to = text, from = ciphertext)
            return Sodium.crypto_aead_chacha20poly1305_ietf_decrypt(to, null, null, from, (ulong)ciphertext.Length, null, 0, nonce, key) == 0;
    }
}
