using PfsVpn.Interop;

namespace PfsVpn.Crypto;

/// <summary>Diffie-Hellman over Curve25519, by libsodium.</summary>
/// <remarks>
/// References: RFC 7748 §5 and §6.1. Sizes: scalars, points and results 32 bytes.
/// Threading: pure functions. The stack below the caller holds secrets afterwards: see <see cref="StackScrubber"/>.
/// </remarks>
internal static unsafe class X25519
{
    /// <summary>Clamps the scalar in <paramref name="privateKey"/> in place.</summary>
    public static void Clamp(SecretKey privateKey)
    {
        var scalar = privateKey.Pointer;
        scalar[0] &= 248;
        scalar[31] = (byte)((scalar[31] & 127) | 64);
    }

    /// <summary>Fills <paramref name="privateKey"/> with a new, clamped scalar.</summary>
    public static void GeneratePrivateKey(SecretKey privateKey, IRandomSource random)
    {
        privateKey.Randomize(random);
        Clamp(privateKey);
    }

    /// <summary>The public key of <paramref name="privateKey"/>.</summary>
    public static PublicKey ComputePublicKey(SecretKey privateKey)
    {
        var point = stackalloc byte[32];
        _ = Sodium.crypto_scalarmult_base(point, privateKey.Pointer);
        privateKey.ThrowIfErased();
        return new PublicKey(new ReadOnlySpan<byte>(point, 32));
    }

    /// <summary>
    /// <paramref name="sharedSecret"/> = DH(<paramref name="privateKey"/>, <paramref name="publicKey"/>).
    /// False, with an all-zero result, for a point of small order: the handshake must be aborted.
    /// The result may take the private key's slot. The scalar is clamped for the computation, whatever it was.
    /// </summary>
    /// <exception cref="ObjectDisposedException">A key was erased before or meanwhile.</exception>
    public static bool TryDeriveSharedSecret(SecretKey sharedSecret, SecretKey privateKey, in PublicKey publicKey)
    {
        var point = stackalloc byte[PublicKey.SizeInBytes];
        publicKey.CopyTo(new Span<byte>(point, PublicKey.SizeInBytes));
        var derived = Sodium.crypto_scalarmult(sharedSecret.Pointer, privateKey.Pointer, point) == 0;
        privateKey.ThrowIfErased();
        if (derived && !sharedSecret.IsZero) return true;
        sharedSecret.Erase();
        return false;
    }
}
