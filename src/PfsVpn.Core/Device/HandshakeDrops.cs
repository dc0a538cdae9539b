using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>Counts the handshake messages that come to nothing, and says why in the log, each reason once in a while.</summary>
/// <remarks>Threading: the control thread.</remarks>
internal sealed class HandshakeDrops(WireGuardDevice device)
{
    private static readonly TimeSpan StrangerInterval = TimeSpan.FromSeconds(1);

    private Stranger? _unknownPeer, _wrongKey;

    /// <summary>The latest initiation with a static key that is no peer, to the second; null for none. Any thread.</summary>
    public Stranger? UnknownPeerSeen => Volatile.Read(ref _unknownPeer);

    /// <summary>The latest initiation that does not decrypt, to the second; null for none. Any thread.</summary>
    public Stranger? WrongKeySeen => Volatile.Read(ref _wrongKey);

    /// <summary>A message of <paramref name="peer"/>, or of nobody known, was refused.</summary>
    public void Refused(Peer? peer, NoiseResult result, in DatagramSource source, in ControlStep step)
    {
        var (reason, topic) = result switch
        {
            NoiseResult.Malformed => (DropReason.WrongLength, LogTopic.WrongKey),
            NoiseResult.WeakKey => (DropReason.WeakKey, LogTopic.WeakKey),
            NoiseResult.Replay => (DropReason.ReplayedTimestamp, LogTopic.Replay),
            NoiseResult.Flood => (DropReason.InitiationFlood, LogTopic.Replay),
            NoiseResult.PresharedKeySuspected => (DropReason.PresharedKeyMismatch, LogTopic.PresharedKey),
            NoiseResult.UnknownState => (DropReason.UnknownHandshake, LogTopic.WrongKey),
            _ => (DropReason.HandshakeAuthentication, LogTopic.WrongKey),
        };
        device.Drops.Add(reason);
        if (peer is null) device.Initiations.NoteUseless(step.Now);
        if (reason == DropReason.HandshakeAuthentication) NoteStranger(null, source, step.Now);
        if (peer is not null && FailureOf(reason) is var failure and not HandshakeFailure.None) peer.EnsureHandshakeRecord().Note(failure, step.Now);
        // Without a limit for what carries a known peer's key; whoever knows our public key can make any number of the others.
        if (device.Logger.IsEnabled(LogLevel.Debug) && (peer is not null || device.GlobalLogGate.Allows(LogTopic.Dropped, step.Now))) device.Logger.HandshakeDropped(peer?.ShortName ?? "?", source.Remote.ToString(), reason.ToString());
        var gate = peer?.LogGate ?? device.GlobalLogGate;
        if (reason is DropReason.WrongLength or DropReason.InitiationFlood or DropReason.UnknownHandshake || !gate.Allows(topic, step.Now)) return;
        var endpoint = source.Remote.ToString();
        if (topic == LogTopic.Replay && peer is not null) device.Logger.ReplayedTimestamp(peer.ShortName, endpoint);
        else if (topic == LogTopic.PresharedKey && peer is not null) device.Logger.PresharedKeySuspected(peer.ShortName, endpoint);
        else if (topic == LogTopic.WeakKey && peer is not null) device.Logger.WeakKey(peer.ShortName);
        else device.Logger.WrongKey(endpoint);
    }

    /// <summary>An initiation names a static key that is no peer.</summary>
    public void UnknownPeer(in PublicKey key, in DatagramSource source, in ControlStep step)
    {
        device.Drops.Add(DropReason.UnknownPeer);
        NoteStranger(key, source, step.Now);
        device.Initiations.NoteUseless(step.Now);
        if (device.GlobalLogGate.Allows(LogTopic.UnknownPeer, step.Now)) device.Logger.UnknownPeer(source.Remote.ToString(), key.ToShortString());
    }

    /// <summary>Once in a second, so that a flood of them allocates nothing to speak of.</summary>
    private void NoteStranger(PublicKey? key, in DatagramSource source, MonotonicTime now)
    {
        ref var latest = ref key is null ? ref _wrongKey : ref _unknownPeer;
        if (latest is null || now - latest.At >= StrangerInterval) latest = new Stranger(key, source.Remote, now);
    }

    private static HandshakeFailure FailureOf(DropReason reason) => reason switch
    {
        DropReason.PresharedKeyMismatch => HandshakeFailure.ResponseRefused,
        DropReason.ReplayedTimestamp => HandshakeFailure.ReplayedTimestamp,
        DropReason.WeakKey => HandshakeFailure.WeakKey,
        _ => HandshakeFailure.None,
    };

    /// <summary>There is no memory for the keys of a handshake. Sessions that exist go on.</summary>
    public void OutOfSecretMemory(SecretMemoryException exception, MonotonicTime now)
    {
        device.Drops.Add(DropReason.OutOfSecretMemory);
        if (device.GlobalLogGate.Allows(LogTopic.SecretMemory, now)) device.Logger.OutOfSecretMemory(exception.Message);
    }
}
