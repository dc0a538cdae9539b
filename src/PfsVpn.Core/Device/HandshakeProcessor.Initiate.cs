using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

internal sealed partial class HandshakeProcessor
{
    /// <summary>Initiations a second to peers for which nothing waits but keepalives: some 15 % of a core with their responses.</summary>
    internal const int PacedPerSecond = 1000;

    /// <summary>How many of those go at once.</summary>
    internal const int PacedBurst = 200;

    /// <summary>Initiations a second in answer to data that cannot be read.</summary>
    internal const int HintedPerSecond = 500;

    /// <summary>How many of those go at once.</summary>
    internal const int HintedBurst = 100;

    private readonly InitiationPacer _pacer = new(PacedPerSecond, PacedBurst);
    private readonly InitiationPacer _hintPacer = new(HintedPerSecond, HintedBurst);

    /// <summary>
    /// Sends an initiation, unless a handshake message was sent less than REKEY_TIMEOUT ago or the device rests. A first attempt starts the clock after which attempts end.
    /// </summary>
    public void Initiate(Peer peer, in ControlStep step, bool isRetry)
    {
        if (!MayInitiate(peer, step)) return;
        if (!isRetry) peer.AttemptsSince = step.Now;
        if (IsTooSoon(peer, step))
        {
            peer.LastMinuteHandshakeAsked = false;
            Defer(peer, step);
            return;
        }
        // Spec deviation: the kernel would initiate on the packet. Where packets of both sides keep step, their initiations would cross and destroy each other for ever.
        if (!isRetry && IsAboutToRetry(peer, step)) return;
        if (!IsPaced(peer, step, isRetry)) SendInitiation(peer, step);
    }

    /// <summary>
    /// Whether data that nobody here can read any more, perhaps from the peer, may be answered by an initiation: not where there was a handshake message less than
    /// REKEY_TIMEOUT ago, nor after too many such answers to all peers together. If the peer is there, more data will ask again.
    /// </summary>
    public bool MayAnswerStray(Peer peer, in ControlStep step) => IsIdle(peer, step) && _hintPacer.TryTake(step.Now);

    /// <summary>Sends one initiation and no other after it, unless there was a handshake message less than REKEY_TIMEOUT ago.</summary>
    public void InitiateOnce(Peer peer, in ControlStep step)
    {
        if (IsIdle(peer, step)) SendInitiation(peer, step);
    }

    /// <summary>
    /// Begins a handshake after sleep, at once or at the moment that the pacer gives: thousands of peers may have had a session. A peer without endpoint cannot be called, and with one to
    /// whom a handshake message went less than REKEY_TIMEOUT ago it is under way.
    /// </summary>
    public void Recover(Peer peer, in ControlStep step)
    {
        if (peer.Endpoint is null || !IsIdle(peer, step))
        {
            peer.WantsRecovery = false;
            return;
        }
        if (peer.InitiationSlot.IsUnset) peer.InitiationSlot = _pacer.Reserve(step.Now);
        if (step.Now < peer.InitiationSlot)
        {
            peer.Timers.Set(PeerTimer.DeferredHandshake, peer.InitiationSlot);
            return;
        }
        peer.AttemptsSince = step.Now;
        SendInitiation(peer, step);
    }

    /// <summary>The sessions of all peers have ended, and with them what was to be initiated later.</summary>
    public void ForgetSlots(MonotonicTime now) => _pacer.TakeBack(now);

    /// <summary>There is something to send, and nobody knows where to.</summary>
    public void NoteNoEndpoint(Peer peer, MonotonicTime now)
    {
        peer.EnsureHandshakeRecord().Note(HandshakeFailure.NoEndpoint, now);
        if (peer.LogGate.Allows(LogTopic.NoEndpoint, now)) _device.Logger.NoEndpoint(peer.ShortName);
    }

    private bool MayInitiate(Peer peer, in ControlStep step)
    {
        if (_device.Identity is null || !_device.IsUp || peer.IsRemoved) return false;
        if (_device.Sessions.IsResting(step.Now))
        {
            if (peer.Staged.Count > 0) peer.Timers.Set(PeerTimer.DeferredHandshake, _device.Sessions.RestsUntil);
            return false;
        }
        if (peer.Endpoint is not null) return true;
        NoteNoEndpoint(peer, step.Now);
        return false;
    }

    /// <summary>Whether no attempt goes on, and one may begin now.</summary>
    private bool IsIdle(Peer peer, in ControlStep step) => !peer.IsHandshakePending && MayInitiate(peer, step) && !IsTooSoon(peer, step);

    /// <summary>Whether an attempt goes on whose next initiation comes by itself, at a moment that is this side's own, within the jitter of 333 ms.</summary>
    private static bool IsAboutToRetry(Peer peer, in ControlStep step) =>
        peer.Timers.At(PeerTimer.RetransmitHandshake) is { IsUnset: false } at && at > step.Now && at <= step.Now + ProtocolConstants.RekeyTimeoutJitterMax;

    private static bool IsTooSoon(Peer peer, in ControlStep step) =>
        !peer.LastHandshakeSent.IsUnset && step.Now < peer.LastHandshakeSent + ProtocolConstants.RekeyTimeout;

    /// <summary>
    /// Whether the initiation waits for a moment of its own. Thousands of peers may want one at once, when the interface goes up, after sleep, after a change of key: all of
    /// them at once would flood the link and both ends. Where packets wait, or a session is in use, nothing is delayed.
    /// </summary>
    private bool IsPaced(Peer peer, in ControlStep step, bool isRetry)
    {
        if (peer.Staged.HasData || peer.Keypairs.Current is not null) return false;
        if (peer.InitiationSlot.IsUnset) peer.InitiationSlot = _pacer.Reserve(step.Now);
        if (step.Now >= peer.InitiationSlot) return false;
        if (isRetry)
        {
            // The attempt before has had its time, and a packet that comes meanwhile must not wait for its answer.
            AbandonHandshake(peer, KeyEndReason.HandshakeAbandoned);
            peer.Timers.Set(PeerTimer.RetransmitHandshake, peer.InitiationSlot);
        }
        else if (!peer.Timers.IsArmed(PeerTimer.RetransmitHandshake) && !peer.Timers.IsArmed(PeerTimer.DeferredHandshake))
        {
            peer.Timers.Set(PeerTimer.DeferredHandshake, peer.InitiationSlot);
        }
        return true;
    }

    private void SendInitiation(Peer peer, in ControlStep step)
    {
        if (_device.Identity is not { } self || peer.Endpoint is not { } endpoint) return;
        var message = _message.AsSpan(0, MessageSizes.Initiation);
        peer.InitiationSlot = default;
        peer.IsHinted = false;
        peer.WantsRecovery = false;
        if (!TryWriteInitiation(peer, self, message, step)) return;
        peer.IsHandshakePending = true;
        peer.EnsureHandshakeRecord().NoteInitiated();
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
            peer.EnsureHandshakeRecord().Note(HandshakeFailure.WeakKey, step.Now);
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
