using PfsVpn.Crypto;

namespace PfsVpn.Hosting;

/// <summary>A secret of 32 bytes, a private key or a pre-shared one, in memory that is locked, in no core and, where the kernel has memfd_secret, unreadable for others.</summary>
/// <remarks>
/// It has no property, conversion or text that gives its bytes away. Sizes: 32 bytes. Threading: one owner.
/// Ownership: whoever made it disposes it, which erases it; a tunnel that is opened with it has a copy of its own.
/// </remarks>
public sealed class TunnelKey : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int SizeInBytes = SecretKey.SizeInBytes;

    private static readonly Lazy<SecretArena> Shared = new(static () => SecretArena.Create());

    internal TunnelKey(SecretKey secret) => Secret = secret;

    /// <summary>The public key that belongs to this private key.</summary>
    /// <exception cref="ObjectDisposedException">The key has been erased.</exception>
    public PublicKey PublicKey => X25519.ComputePublicKey(Secret);

    /// <summary>Where keys live that belong to no tunnel.</summary>
    internal static SecretArena Arena => Shared.Value;

    /// <summary>The slot.</summary>
    internal SecretKey Secret { get; }

    /// <summary>Makes a new private key.</summary>
    /// <exception cref="DllNotFoundException">libsodium is not installed; the message names the package.</exception>
    /// <exception cref="TunnelException">Memory cannot be locked; the message says what to change.</exception>
    public static TunnelKey Generate()
    {
        NativeCrypto.Load();
        var key = Allocate();
        X25519.GeneratePrivateKey(key.Secret, SystemRandom.Instance);
        return key;
    }

    /// <summary>Makes a new pre-shared key: 32 random bytes.</summary>
    /// <exception cref="TunnelException">Memory cannot be locked; the message says what to change.</exception>
    public static TunnelKey GeneratePreshared()
    {
        var key = Allocate();
        key.Secret.Randomize(SystemRandom.Instance);
        return key;
    }

    /// <summary>Copies a key; the caller erases its own bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> is not 32 bytes long.</exception>
    /// <exception cref="TunnelException">Memory cannot be locked; the message says what to change.</exception>
    public static TunnelKey FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != SizeInBytes) throw new ArgumentException($"A key has {SizeInBytes} bytes.", nameof(bytes));
        var key = Allocate();
        bytes.CopyTo(key.Secret.Bytes);
        return key;
    }

    /// <summary>Decodes a key from 44 characters of base64, as <c>wg genkey</c> prints it; the caller erases its own text.</summary>
    /// <param name="utf8">The text, without white space.</param>
    /// <exception cref="FormatException">It is not a key; the message does not repeat it.</exception>
    /// <exception cref="TunnelException">Memory cannot be locked; the message says what to change.</exception>
    public static TunnelKey FromBase64(ReadOnlySpan<byte> utf8)
    {
        var key = Allocate();
        if (KeyText.TryDecodeBase64(utf8, key.Secret.Bytes)) return key;
        key.Dispose();
        throw new FormatException($"Not a key of {SizeInBytes} bytes in base64 ({KeyText.Base64Length} characters).");
    }

    /// <summary>Erases the key. Does nothing the second time.</summary>
    public void Dispose() => Secret.Dispose();

    /// <summary>Says only that there is a secret.</summary>
    public override string ToString() => "(secret)";

    private static TunnelKey Allocate()
    {
        try
        {
            return new TunnelKey(Arena.Allocate());
        }
        catch (SecretMemoryException refused)
        {
            throw new TunnelException(refused.Message, refused);
        }
    }
}
