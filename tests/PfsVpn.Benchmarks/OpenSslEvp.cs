using System.Runtime.InteropServices;

namespace PfsVpn.Benchmarks;

/// <summary>ChaCha20-Poly1305 of OpenSSL 3, <c>openssl/evp.h</c>, with one context under one key, as a program does that keeps what it can.</summary>
internal sealed unsafe partial class OpenSslEvp : IDisposable
{
    private const string Library = "libcrypto.so.3";
    private const int ControlGetTag = 0x10;
    private const int ControlSetTag = 0x11;

    private readonly nint _cipher = EVP_CIPHER_fetch(0, "ChaCha20-Poly1305", 0);
    private readonly nint _encrypt = EVP_CIPHER_CTX_new();
    private readonly nint _decrypt = EVP_CIPHER_CTX_new();

    public OpenSslEvp(byte* key)
    {
        if (EVP_EncryptInit_ex(_encrypt, _cipher, 0, key, null) != 1 || EVP_DecryptInit_ex(_decrypt, _cipher, 0, key, null) != 1)
            throw new InvalidOperationException("OpenSSL has no ChaCha20-Poly1305.");
    }

    /// <summary>Whether the library is there.</summary>
    public static bool IsAvailable => NativeLibrary.TryLoad(Library, typeof(OpenSslEvp).Assembly, null, out _);

    /// <summary>Seals in place; the tag goes behind the text.</summary>
    public void Seal(byte* text, int length, ulong counter)
    {
        int written;
        var nonce = stackalloc byte[12];
        *(uint*)nonce = 0;
        *(ulong*)(nonce + 4) = counter;
        _ = EVP_EncryptInit_ex(_encrypt, 0, 0, null, nonce);
        _ = EVP_EncryptUpdate(_encrypt, text, &written, text, length);
        _ = EVP_EncryptFinal_ex(_encrypt, text + length, &written);
        _ = EVP_CIPHER_CTX_ctrl(_encrypt, ControlGetTag, 16, text + length);
    }

    /// <summary>Opens in place; whether the tag was right.</summary>
    public bool Open(byte* text, int length, ulong counter)
    {
        int written;
        var nonce = stackalloc byte[12];
        *(uint*)nonce = 0;
        *(ulong*)(nonce + 4) = counter;
        _ = EVP_DecryptInit_ex(_decrypt, 0, 0, null, nonce);
        _ = EVP_CIPHER_CTX_ctrl(_decrypt, ControlSetTag, 16, text + length);
        _ = EVP_DecryptUpdate(_decrypt, text, &written, text, length);
        return EVP_DecryptFinal_ex(_decrypt, text + length, &written) == 1;
    }

    public void Dispose()
    {
        EVP_CIPHER_CTX_free(_encrypt);
        EVP_CIPHER_CTX_free(_decrypt);
        EVP_CIPHER_free(_cipher);
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)] private static partial nint EVP_CIPHER_fetch(nint context, string name, nint properties);
    [LibraryImport(Library)] private static partial void EVP_CIPHER_free(nint cipher);
    [LibraryImport(Library)] private static partial nint EVP_CIPHER_CTX_new();
    [LibraryImport(Library)] private static partial void EVP_CIPHER_CTX_free(nint context);

    // These never block, and the others of this comparison pay no transition either.
    [LibraryImport(Library), SuppressGCTransition] private static partial int EVP_EncryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* nonce);
    [LibraryImport(Library), SuppressGCTransition] private static partial int EVP_EncryptUpdate(nint context, byte* output, int* written, byte* input, int length);
    [LibraryImport(Library), SuppressGCTransition] private static partial int EVP_EncryptFinal_ex(nint context, byte* output, int* written);
    [LibraryImport(Library), SuppressGCTransition] private static partial int EVP_DecryptInit_ex(nint context, nint cipher, nint engine, byte* key, byte* nonce);
    [LibraryImport(Library), SuppressGCTransition] private static partial int EVP_DecryptUpdate(nint context, byte* output, int* written, byte* input, int length);
    [LibraryImport(Library), SuppressGCTransition] private static partial int EVP_DecryptFinal_ex(nint context, byte* output, int* written);
    [LibraryImport(Library), SuppressGCTransition] private static partial int EVP_CIPHER_CTX_ctrl(nint context, int type, int argument, byte* pointer);
}
