using PfsVpn.Interop;

namespace PfsVpn.Crypto;

/// <summary>The AEADs outside the data path, by libsodium: handshake fields and cookie replies.</summary>
/// <remarks>
/// References: RFC 8439 (ChaCha20-Poly1305), draft-irtf-cfrg-xchacha (XChaCha20-Poly1305).
/// Sizes: keys 32 bytes, tags 16 bytes behind the ciphertext. Threading: pure functions. A failed authentication is false, never an exception.
/// A wrong length of a span, known before any network input is read, is an <see cref="ArgumentOutOfRangeException"/>.
/// </remarks>
internal static unsafe class HandshakeAead
{
    /// <summary>Size of the authentication tag.</summary>
    public const int TagSizeInBytes = 16;

    /// <summary>AEAD(key, counter 0, plaintext, additional): writes plaintext.Length + 16 bytes.</summary>
    public static void Seal(Span<byte> ciphertext, SecretKey key, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additional)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(ciphertext.Length, plaintext.Length + TagSizeInBytes);
        var nonce = stackalloc byte[12];
        new Span<byte>(nonce, 12).Clear();
        fixed (byte* c = ciphertext, p = plaintext, ad = additional)
            _ = Sodium.crypto_aead_chacha20poly1305_ietf_encrypt(c, null, p, (ulong)plaintext.Length, ad, (ulong)additional.Length, null, nonce, key.Pointer);
        key.ThrowIfErased();
    }

    /// <summary>Opens what <see cref="Seal"/> made: writes ciphertext.Length - 16 bytes, or zeroes them and returns false.</summary>
    public static bool TryOpen(Span<byte> plaintext, SecretKey key, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> additional)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(ciphertext.Length, plaintext.Length + TagSizeInBytes);
        var nonce = stackalloc byte[12];
        new Span<byte>(nonce, 12).Clear();
        fixed (byte* c = ciphertext, p = plaintext, ad = additional)
            return Sodium.crypto_aead_chacha20poly1305_ietf_decrypt(p, null, null, c, (ulong)ciphertext.Length, ad, (ulong)additional.Length, nonce, key.Pointer) == 0;
    }

    /// <summary>XAEAD with a 24-byte nonce under a key of 32 bytes, which anybody can derive from a public key: plaintext.Length + 16 bytes.</summary>
    public static void SealX(Span<byte> ciphertext, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additional)
    {
        CheckX(ciphertext.Length, plaintext.Length, key, nonce);
        fixed (byte* c = ciphertext, p = plaintext, ad = additional, n = nonce, k = key)
            _ = Sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(c, null, p, (ulong)plaintext.Length, ad, (ulong)additional.Length, null, n, k);
    }

    /// <summary>Opens what <see cref="SealX"/> made, or zeroes the plaintext and returns false.</summary>
    public static bool TryOpenX(Span<byte> plaintext, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> additional)
    {
        CheckX(ciphertext.Length, plaintext.Length, key, nonce);
        fixed (byte* c = ciphertext, p = plaintext, ad = additional, n = nonce, k = key)
            return Sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(p, null, null, c, (ulong)ciphertext.Length, ad, (ulong)additional.Length, n, k) == 0;
    }

    private static void CheckX(int ciphertextLength, int plaintextLength, ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(ciphertextLength, plaintextLength + TagSizeInBytes);
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, 32);
        ArgumentOutOfRangeException.ThrowIfNotEqual(nonce.Length, 24);
    }
}
