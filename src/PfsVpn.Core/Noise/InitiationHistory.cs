using PfsVpn.Timers;

namespace PfsVpn.Noise;

/// <summary>What is remembered of the initiations of one peer beyond every wipe: without it, old ones could be replayed.</summary>
/// <remarks>
/// References: WireGuard paper §5.1. Holds no secret. It lives as long as the peer: not ended by <see cref="Handshake.Clear"/>, interface down or a key
/// change. Threading: the control loop's.
/// </remarks>
internal sealed class InitiationHistory
{
    /// <summary>The greatest timestamp of an accepted initiation; the default before the first.</summary>
    public Tai64n GreatestReceived { get; private set; }

    /// <summary>When the last initiation was accepted; meaningful once <see cref="GreatestReceived"/> is set.</summary>
    public MonotonicTime LastAccepted { get; private set; }

    /// <summary>The timestamp of the last initiation that was created; the default before the first.</summary>
    public Tai64n LastSent { get; internal set; }

    /// <summary>Judges an authenticated timestamp: <see cref="NoiseResult.Ok"/>, <see cref="NoiseResult.Replay"/> or <see cref="NoiseResult.Flood"/>. Changes nothing.</summary>
    internal NoiseResult Check(Tai64n timestamp, MonotonicTime now)
    {
        if (timestamp <= GreatestReceived) return NoiseResult.Replay;
        if (GreatestReceived != default && now < LastAccepted + ProtocolConstants.InitiationFloodInterval) return NoiseResult.Flood;
        return NoiseResult.Ok;
    }

    /// <summary>Remembers an initiation that was accepted.</summary>
    internal void Accept(Tai64n timestamp, MonotonicTime now)
    {
        GreatestReceived = timestamp;
        LastAccepted = now;
    }
}
