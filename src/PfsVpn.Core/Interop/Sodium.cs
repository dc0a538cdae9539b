using System.Runtime.InteropServices;

namespace PfsVpn.Interop;

/// <summary>libsodium 1.0.18 or newer: <c>sodium.h</c>. X25519 and the AEADs outside the data path.</summary>
/// <remarks>
/// Where it is loaded from: <see cref="SodiumLibrary"/>.
/// Threading: every function is safe from any thread once <c>sodium_init</c> has returned.
/// Sizes: keys and points 32 bytes, tags 16, nonces 12 (IETF) and 24 (XChaCha20) bytes.
/// </remarks>
internal static unsafe partial class Sodium
{
    private const string Library = SodiumLibrary.Name;

    static Sodium()
    {
        SodiumLibrary.Load();
        if (sodium_init() < 0) throw new InvalidOperationException("libsodium could not be initialised.");
        if (crypto_scalarmult_bytes() != 32 || crypto_aead_chacha20poly1305_ietf_abytes() != 16 || crypto_aead_xchacha20poly1305_ietf_npubbytes() != 24)
            throw new InvalidOperationException("The libsodium that was found has other sizes than those this program was written for.");
    }

    [LibraryImport(Library)] private static partial int sodium_init();
    [LibraryImport(Library)] private static partial nuint crypto_scalarmult_bytes();
    [LibraryImport(Library)] private static partial nuint crypto_aead_chacha20poly1305_ietf_abytes();
    [LibraryImport(Library)] private static partial nuint crypto_aead_xchacha20poly1305_ietf_npubbytes();

    [LibraryImport(Library)]
    public static partial int crypto_scalarmult(byte* sharedSecret, byte* scalar, byte* point);

    [LibraryImport(Library)]
    public static partial int crypto_scalarmult_base(byte* point, byte* scalar);

    [LibraryImport(Library)]
    public static partial int crypto_aead_chacha20poly1305_ietf_encrypt(
        byte* ciphertext, ulong* ciphertextLength, byte* message, ulong messageLength,
        byte* additional, ulong additionalLength, byte* secretNonce, byte* nonce, byte* key);

    [LibraryImport(Library)]
    public static partial int crypto_aead_chacha20poly1305_ietf_decrypt(
        byte* message, ulong* messageLength, byte* secretNonce, byte* ciphertext, ulong ciphertextLength,
        byte* additional, ulong additionalLength, byte* nonce, byte* key);

    [LibraryImport(Library)]
    public static partial int crypto_aead_xchacha20poly1305_ietf_encrypt(
        byte* ciphertext, ulong* ciphertextLength, byte* message, ulong messageLength,
        byte* additional, ulong additionalLength, byte* secretNonce, byte* nonce, byte* key);

    [LibraryImport(Library)]
    public static partial int crypto_aead_xchacha20poly1305_ietf_decrypt(
        byte* message, ulong* messageLength, byte* secretNonce, byte* ciphertext, ulong ciphertextLength,
        byte* additional, ulong additionalLength, byte* nonce, byte* key);
}
