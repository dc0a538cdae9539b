using System.Runtime.InteropServices;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Interop;

/// <summary>libsodium 1.0.18 or newer: <c>sodium.h</c>. X25519 and the AEADs outside the data path.</summary>
/// <remarks>
/// On Windows it is the file libsodium.dll beside the program, which is checked first: <see cref="CheckedLibrary"/>.
/// Threading: every function is safe from any thread once <c>sodium_init</c> has returned.
/// Sizes: keys and points 32 bytes, tags 16, nonces 12 (IETF) and 24 (XChaCha20) bytes.
/// </remarks>
internal static unsafe partial class Sodium
{
    private const string Library = "libsodium.so.23";
    private const string WindowsFile = "libsodium.dll";
    private const string WindowsHashKey = "LibsodiumSha256";

    static Sodium()
    {
        NativeLibraries.Register(Library, Load);
        if (sodium_init() < 0) throw new InvalidOperationException("libsodium could not be initialised.");
        if (crypto_scalarmult_bytes() != 32 || crypto_aead_chacha20poly1305_ietf_abytes() != 16 || crypto_aead_xchacha20poly1305_ietf_npubbytes() != 24)
            throw new InvalidOperationException("The libsodium that was found has other sizes than those this program was written for.");
    }

    private static nint Load()
    {
        if (OperatingSystem.IsWindows()) return CheckedLibrary.Load(WindowsFile, CheckedLibrary.CompiledHash(WindowsHashKey));
        foreach (var candidate in (ReadOnlySpan<string>)[Library, "libsodium.so.26", "libsodium.so"])
            if (NativeLibrary.TryLoad(candidate, typeof(Sodium).Assembly, DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories, out var handle)) return handle;
        throw new DllNotFoundException("libsodium is not installed: install the package libsodium23 (Debian, Ubuntu) or libsodium (Fedora, Arch, Alpine).");
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
