using PfsVpn.Crypto;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Noise;

/// <summary>Who we are: the static private key of the device, its public key, and the hash that every initiation to us starts from.</summary>
/// <remarks>
/// References: WireGuard paper §5.4.1 and §5.4.2. Ownership: the private key is taken over and erased by <see cref="Dispose"/>.
/// Threading: immutable until disposed; used by the control loop.
/// </remarks>
internal sealed class StaticIdentity : IDisposable
{
    private readonly IKeyWitness? _witness;
    private readonly MonotonicTime _created;
    private readonly byte[] _initialHash = new byte[Blake2s.HashSizeInBytes];

    /// <summary>Takes the private key over, clamps it in place and computes what follows from it; <paramref name="witness"/> is told of it.</summary>
    public StaticIdentity(SecretKey ownedPrivateKey, IKeyWitness? witness = null)
    {
        ArgumentNullException.ThrowIfNull(ownedPrivateKey);
        X25519.Clamp(ownedPrivateKey);
        PrivateKey = ownedPrivateKey;
        PublicKey = X25519.ComputePublicKey(ownedPrivateKey);
        SymmetricState.ComputeInitialHash(_initialHash, PublicKey);
        StackScrubber.ScrubHandshake();
        _witness = witness;
        if (witness is not null) _created = witness.Made(KeyKind.StaticPrivateKey);
    }

    /// <summary>Our public key.</summary>
    public PublicKey PublicKey { get; }

    /// <summary>Our private key, clamped.</summary>
    internal SecretKey PrivateKey { get; }

    /// <summary>HASH(HASH(HASH(CONSTRUCTION) || IDENTIFIER) || our public key): made of public values only.</summary>
    internal ReadOnlySpan<byte> InitialHash => _initialHash;

    /// <summary>Erases the private key. Does nothing the second time.</summary>
    public void End(KeyEndReason reason)
    {
        if (PrivateKey.IsReleased) return;
        PrivateKey.Dispose();
        _witness?.Erased(KeyKind.StaticPrivateKey, reason, _created, MonotonicTime.Infinite);
    }

    /// <inheritdoc/>
    public void Dispose() => End(KeyEndReason.Shutdown);
}
