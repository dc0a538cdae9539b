using PfsVpn.Crypto;

namespace PfsVpn.Noise;

/// <summary>Who a peer is: its static public key, the pre-shared key, and the precomputed static-static Diffie-Hellman result.</summary>
/// <remarks>
/// References: WireGuard paper §5.2 and §5.4. Sizes: one arena slot for the static-static result, one for a pre-shared key where there is one.
/// Threading: the control loop's.
/// </remarks>
public sealed class RemoteIdentity : IDisposable
{
    private readonly SecretArena _arena;
    private readonly PublicKey _publicKey;
    private SecretKey? _staticStatic;
    private SecretKey? _presharedKey;

    /// <summary>Makes the identity of a peer. <see cref="TryPrecompute"/> comes next.</summary>
    public RemoteIdentity(SecretArena arena, in PublicKey publicKey)
    {
        _arena = arena;
        _publicKey = publicKey;
    }

    /// <summary>The peer's public key.</summary>
    public PublicKey PublicKey => _publicKey;

    /// <summary>Whether the static-static result exists. No handshake is possible without it.</summary>
    public bool HasStaticStatic => _staticStatic is not null;

    /// <summary>
    /// The pre-shared key, or null for none. Ownership: the setter takes the key over and erases the one before; an all-zero key means none and is
    /// disposed at once.
    /// </summary>
    public SecretKey? PresharedKey
    {
        get => _presharedKey;
        set
        {
            if (ReferenceEquals(value, _presharedKey)) return;
            _presharedKey?.Dispose();
            _presharedKey = null;
            if (value is null) return;
            if (value.IsZero) value.Dispose();
            else _presharedKey = value;
        }
    }

    /// <summary>DH(our private key, the peer's public key), or null.</summary>
    internal SecretKey? StaticStatic => _staticStatic;

    /// <summary>Computes the static-static result for our (new) private key. False, with none held, where the peer's key is of small order.</summary>
    /// <exception cref="SecretMemoryException">No more memory can be locked.</exception>
    public bool TryPrecompute(StaticIdentity self)
    {
        _staticStatic ??= _arena.Allocate();
        var strong = X25519.TryDeriveSharedSecret(_staticStatic, self.PrivateKey, _publicKey);
        StackScrubber.ScrubHandshake();
        if (!strong) ForgetStaticStatic();
        return strong;
    }

    /// <summary>Erases the static-static result: our private key is going away.</summary>
    public void ForgetStaticStatic()
    {
        _staticStatic?.Dispose();
        _staticStatic = null;
    }

    /// <summary>Erases the static-static result and the pre-shared key.</summary>
    public void Dispose()
    {
        ForgetStaticStatic();
        PresharedKey = null;
    }
}
