using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

internal sealed partial class HandshakeProcessor
{
    /// <summary>
    /// Sends an initiation, unless a handshake message was sent less than REKEY_TIMEOUT ago. A first attempt starts the clock after which attempts end.
    /// </summary>
    public void Initiate(Peer peer, in ControlStep step, bool isRetry)
    {
        if (_device.Identity is not { } self || !_device.IsUp || peer.IsRemoved) return;
        if (peer.Endpoint is not { } endpoint)
        {
            if (peer.LogGate.Allows(LogTopic.NoEndpoint, step.Now)) _device.Logger.NoEndpoint(peer.ShortName);
            return;
        }
        if (!isRetry) peer.AttemptsSince = step.Now;
        if (!peer.LastHandshakeSent.IsUnset && step.Now < peer.LastHandshakeSent + ProtocolConstants.RekeyTimeout)
        {
            Defer(peer, step);
            return;
        }
        var message = _message.AsSpan(0, MessageSizes.Initiation);
        if (!TryWriteInitiation(peer, self, message, step)) return;
        peer.IsHandshakePending = true;
        if (peer.SilentSince.IsUnset) peer.SilentSince = step.Now;
        if (_device.Logger.IsEnabled(LogLevel.Debug)) _device.Logger.SendingInitiation(peer.ShortName, endpoint.ToString());
        NoteHandshakeSent(peer, step);
        peer.Timers.HandshakeInitiated(step.Now, _device.Jitter(step.Random));
        peer.Handshake.Deadline = peer.Timers.At(PeerTimer.RetransmitHandshake);
        SendHandshake(peer, endpoint, message, step);
    }

    private bool TryWriteInitiation(Peer peer, StaticIdentity self, Span<byte> message, in ControlStep step)
    {
        AbandonHandshake(peer, KeyEndReason.Replaced);
        peer.HandshakeIndex = _device.Indices.Add(new IndexEntry(peer, null), step.Random);
        try
        {
            var timestamp = _clock.Next(step.WallClock, peer.Handshake.History.LastSent);
            if (peer.Handshake.TryCreateInitiation(message, self, peer.HandshakeIndex, timestamp, step.Random))
            {
                peer.Cookies.AddMacs(message, step.Now);
                return true;
            }
            // There will never be a key for such a peer.
            peer.AttemptsSince = default;
            _device.Drops.Add(DropReason.StagedAbandoned, peer.Staged.Clear());
            if (peer.LogGate.Allows(LogTopic.WeakKey, step.Now)) _device.Logger.WeakKey(peer.ShortName);
        }
        catch (SecretMemoryException exception)
        {
            // Tried again, and no sooner, like an initiation that was lost.
            peer.LastHandshakeSent = step.Now;
            peer.Timers.HandshakeInitiated(step.Now, _device.Jitter(step.Random));
            _drops.OutOfSecretMemory(exception, step.Now);
        }
        AbandonHandshake(peer, KeyEndReason.HandshakeAbandoned);
        return false;
    }

    private void Defer(Peer peer, in ControlStep step)
    {
        // The kernel waits for the next packet after REKEY_TIMEOUT; packets that already wait are served without one here.
        if (peer.Staged.Count == 0 || peer.Timers.IsArmed(PeerTimer.RetransmitHandshake) || peer.Timers.IsArmed(PeerTimer.DeferredHandshake)) return;
        peer.Timers.Set(PeerTimer.DeferredHandshake, peer.LastHandshakeSent + ProtocolConstants.RekeyTimeout + _device.Jitter(step.Random));
    }
}
