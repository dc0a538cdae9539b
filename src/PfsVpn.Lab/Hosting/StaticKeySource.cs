using PfsVpn.Crypto;

namespace PfsVpn.Lab.Hosting;

/// <summary>
/// The system's randomness, but whoever asks for a new private key gets the permanent one: a device without ephemeral keys, whose sessions all come from the
/// static-static exchange. It exists here alone, as the control of the seizure experiment: this is what a VPN without forward secrecy is.
/// </summary>
/// <remarks>All sessions of a pair then have the same keys, and their counters begin anew: never to be used for anything but showing that. Threading: any thread.</remarks>
internal sealed class StaticKeySource(SecretArena arena) : IRandomSource, IDisposable
{
    private readonly SecretKey _key = arena.Allocate();
    private volatile bool _isSet;

    /// <summary>From now on this is every new private key.</summary>
    public void Use(SecretKey privateKey)
    {
        _key.CopyFrom(privateKey);
        _isSet = true;
    }

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        // Nothing but a key is as long as a key: indices and delays have 4 bytes, nonces 24.
        if (_isSet && destination.Length == SecretKey.SizeInBytes) _key.Bytes.CopyTo(destination);
        else SystemRandom.Instance.Fill(destination);
    }

    /// <summary>Erases the key.</summary>
    public void Dispose() => _key.Dispose();
}
