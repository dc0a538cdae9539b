using PfsVpn.Crypto;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Noise;

/// <summary>Who a peer is: its static public key, the pre-shared key, and the precomputed static-static Diffie-Hellman result.</summary>
/// <remarks>
/// References: WireGuard paper §5.2 and §5.4. Sizes: one arena slot for the static-static result, one for a pre-shared key where there is one.
/// Threading: the control loop's.
/// </remarks>
internal sealed class RemoteIdentity : IDisposable
{
    private readonly SecretArena _arena;
    private readonly PublicKey _publicKey;
    private readonly IKeyWitness? _witness;
    private SecretKey? _staticStatic;
    private SecretKey? _presharedKey;
    private MonotonicTime _staticStaticCreated;
    private MonotonicTime _presharedKeyCreated;

    /// <summary>Makes the identity of a peer, <paramref name="witness"/> is told of its secrets. <see cref="TryPrecompute"/> comes next.</summary>
    public RemoteIdentity(SecretArena arena, in PublicKey publicKey, IKeyWitness? witness = null)
    {
        _witness = witness;
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
            ForgetPresharedKey(KeyEndReason.PresharedKeyChanged);
            if (value is null) return;
            if (value.IsZero)
            {
                value.Dispose();
                return;
            }
            _presharedKey = value;
            if (_witness is not null) _presharedKeyCreated = _witness.Made(KeyKind.PresharedKey);
        }
    }

    /// <summary>DH(our private key, the peer's public key), or null.</summary>
    internal SecretKey? StaticStatic => _staticStatic;

    /// <summary>Computes the static-static result for our (new) private key. False, with none held, where the peer's key is of small order.</summary>
    /// <exception cref="SecretMemoryException">No more memory can be locked.</exception>
    public bool TryPrecompute(StaticIdentity self)
    {
        ForgetStaticStatic(KeyEndReason.PrivateKeyChanged);
        var result = _arena.Allocate();
        var strong = X25519.TryDeriveSharedSecret(result, self.PrivateKey, _publicKey);
        StackScrubber.ScrubHandshake();
        if (!strong)
        {
            result.Dispose();
            return false;
        }
        _staticStatic = result;
        if (_witness is not null) _staticStaticCreated = _witness.Made(KeyKind.StaticStaticSecret);
        return true;
    }

    /// <summary>Erases the static-static result: our private key is going away.</summary>
    public void ForgetStaticStatic(KeyEndReason reason = KeyEndReason.PrivateKeyChanged)
    {
        if (_staticStatic is not { } secret) return;
        _staticStatic = null;
        secret.Dispose();
        _witness?.Erased(KeyKind.StaticStaticSecret, reason, _staticStaticCreated, MonotonicTime.Infinite);
    }

    /// <summary>Erases the static-static result and the pre-shared key.</summary>
    public void End(KeyEndReason reason)
    {
        ForgetStaticStatic(reason);
        ForgetPresharedKey(reason);
    }

    /// <inheritdoc/>
    public void Dispose() => End(KeyEndReason.Shutdown);

    private void ForgetPresharedKey(KeyEndReason reason)
    {
        if (_presharedKey is not { } secret) return;
        _presharedKey = null;
        secret.Dispose();
        _witness?.Erased(KeyKind.PresharedKey, reason, _presharedKeyCreated, MonotonicTime.Infinite);
    }
}
