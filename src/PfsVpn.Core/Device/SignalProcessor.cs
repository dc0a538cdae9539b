using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>Serves what pumps ask of the control thread for a peer.</summary>
/// <remarks>References: WireGuard paper §6.2; kernel send.c (keep_key_fresh), receive.c. Threading: the control thread.</remarks>
internal sealed class SignalProcessor(WireGuardDevice device, HandshakeProcessor handshakes, TimerProcessor timers)
{
    /// <summary>How long the side that was the responder lets the other one go first: more than a round trip, and another time for each.</summary>
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(500);

    /// <summary>Where stray data may not be answered now, more of it is not worth a wake-up each.</summary>
    private static readonly TimeSpan QuietAfterRefusal = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long data that cannot be read is left without an answer. If its key is old, its sender's own initiation is right behind it, and the two would destroy each other.
    /// </summary>
    private static readonly TimeSpan WaitForInitiation = TimeSpan.FromMilliseconds(20);

    /// <summary>Serves one peer.</summary>
    public void Serve(Peer peer, PeerSignal signals, in ControlStep step)
    {
        if (signals.HasFlag(PeerSignal.KeyOver)) device.Sessions.EndThoseOver(peer, step.Now);
        if (signals.HasFlag(PeerSignal.Authenticated))
        {
            if (handshakes.TryConfirmNext(peer, step)) device.FlushStaged(peer, step);
            peer.ArmKeypairTimers();
        }
        if (signals.HasFlag(PeerSignal.ExpectAnswer)) timers.ArmNewHandshake(peer, step);
        if (signals.HasFlag(PeerSignal.OweKeepalive)) TimerProcessor.ArmKeepalive(peer);
        if (signals.HasFlag(PeerSignal.NoEndpoint) && peer.Endpoint is null) handshakes.NoteNoEndpoint(peer, step.Now);
        if (signals.HasFlag(PeerSignal.KeyNeeded)) device.FlushStaged(peer, step);
        if (signals.HasFlag(PeerSignal.LastMinute) || (signals.HasFlag(PeerSignal.KeyNeeded) && peer.Keypairs.Current?.WantsRekeyOnSend(step.Now) == true)) Renew(peer, step);
        if (signals.HasFlag(PeerSignal.ErasedKeypair)) AnswerStray(peer, step);
        if (peer.PersistentKeepalive > 0 && !peer.Timers.IsArmed(PeerTimer.PersistentKeepalive))
            peer.Timers.KeepAlivePersistently(step.Now, peer.PersistentKeepalive);
        device.Schedule(peer);
    }

    /// <summary>Sends an initiation to each peer without a session from whose endpoint data came that nobody here can read.</summary>
    public void ServeHints(in ControlStep step)
    {
        while (device.RestartHints.TryTake(out var source))
        {
            if (device.Sessions.ByEndpoint.Find(source) is not { } peer) continue;
            AnswerStray(peer, step);
            device.Schedule(peer);
        }
    }

    private void AnswerStray(Peer peer, in ControlStep step)
    {
        if (peer.Keypairs.Current is not null || peer.IsHinted) return;
        peer.IsHinted = handshakes.MayAnswerStray(peer, step);
        var until = step.Now + (peer.IsHinted ? WaitForInitiation : QuietAfterRefusal);
        if (peer.QuietUntil < until) peer.QuietUntil = until;
        if (peer.IsHinted && !(peer.Timers.IsArmed(PeerTimer.DeferredHandshake) && peer.Timers.At(PeerTimer.DeferredHandshake) < until))
            peer.Timers.Set(PeerTimer.DeferredHandshake, until);
    }

    /// <summary>
    /// The current keypair has reached the age, or carried the messages or bytes, at which it gets a successor.
    /// Spec deviation: with a life shorter than the protocol's either role asks, and with the same life on both ends both at once; two initiations that cross destroy each
    /// other. So the one that was the responder waits for 500 to 1000 ms, in which the other's initiation arrives, and then asks if it has not.
    /// </summary>
    private void Renew(Peer peer, in ControlStep step)
    {
        if (peer.Keypairs.Current is not { YieldsToInitiator: true })
        {
            handshakes.Initiate(peer, step, isRetry: false);
            return;
        }
        if (peer.Timers.IsArmed(PeerTimer.DeferredHandshake) || step.Now < peer.QuietUntil) return;
        peer.QuietUntil = step.Now + ShortestWait + (1.5 * device.Jitter(step.Random));
        peer.Timers.Set(PeerTimer.DeferredHandshake, peer.QuietUntil);
    }
}
