using PfsVpn.Noise;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>What happens when a timer of a peer fires.</summary>
/// <remarks>References: WireGuard paper §6; kernel timers.c. Threading: the control thread.</remarks>
internal sealed class TimerProcessor(WireGuardDevice device, HandshakeProcessor handshakes)
{
    /// <summary>Initiations go unanswered this long before the log wonders why.</summary>
    private static readonly TimeSpan PatienceBeforeWarning = TimeSpan.FromSeconds(15);

    /// <summary>Fires every timer of <paramref name="peer"/> that is due.</summary>
    public void FireDue(Peer peer, in ControlStep step)
    {
        while (peer.Timers.TryTakeDue(step.Now, out var timer)) Fire(peer, timer, step);
    }

    /// <summary>Arms the keepalive timer for what a pump noted, or disarms it.</summary>
    public static void ArmKeepalive(Peer peer)
    {
        do
        {
            if (peer.Activity.KeepaliveOwedSince is { IsUnset: false } since)
            {
                peer.Timers.OweKeepalive(since);
                return;
            }
        }
        while (peer.Activity.DisarmKeepalive());
    }

    /// <summary>Arms the new-handshake timer for what a pump noted, or disarms it.</summary>
    public void ArmNewHandshake(Peer peer, in ControlStep step)
    {
        do
        {
            if (peer.Activity.UnansweredSince is { IsUnset: false } since)
            {
                peer.Timers.ExpectAnswer(since, device.Jitter(step.Random));
                return;
            }
        }
        while (peer.Activity.DisarmNewHandshake());
    }

    private void Fire(Peer peer, PeerTimer timer, in ControlStep step)
    {
        switch (timer)
        {
            case PeerTimer.RetransmitHandshake:
                Retransmit(peer, step);
                break;
            case PeerTimer.DeferredHandshake:
                StartDeferredHandshake(peer, step);
                break;
            case PeerTimer.SendKeepalive:
                SendKeepalive(peer, step);
                break;
            case PeerTimer.NewHandshake:
                StartNewHandshake(peer, step);
                break;
            case PeerTimer.PersistentKeepalive:
                KeepAlivePersistently(peer, step);
                break;
            case PeerTimer.ZeroKeyMaterial:
                handshakes.AbandonHandshake(peer, KeyEndReason.ZeroKeyMaterial);
                peer.Keypairs.EndAll(KeyEndReason.ZeroKeyMaterial);
                peer.ArmKeypairTimers();
                break;
            case PeerTimer.EndPrevious:
                peer.Keypairs.EndPrevious(KeyEndReason.PreviousRetired);
                peer.ArmKeypairTimers();
                break;
            case PeerTimer.EndKeypair:
                device.Sessions.EndThoseOver(peer, step.Now);
                break;
            case PeerTimer.EndCookie:
                peer.Cookies.EraseExpired(step.Now);
                break;
            default:
                throw new InvalidOperationException($"There is no timer {timer}.");
        }
    }

    private void StartDeferredHandshake(Peer peer, in ControlStep step)
    {
        var isHinted = peer.IsHinted;
        peer.IsHinted = false;
        device.FlushStaged(peer, step);
        if (peer.WantsRecovery) handshakes.Recover(peer, step);
        if (peer.Keypairs.Current is not { } current)
        {
            if (isHinted) handshakes.InitiateOnce(peer, step);
        }
        else if (current.WantsRekey(step.Now))
        {
            handshakes.Initiate(peer, step, isRetry: false);
        }
    }

    private void Retransmit(Peer peer, in ControlStep step)
    {
        if (peer.AttemptsSince.IsUnset)
        {
            handshakes.AbandonHandshake(peer, KeyEndReason.HandshakeAbandoned);
            peer.SilentSince = default;
            device.FlushStaged(peer, step);
            return;
        }
        if (peer.IsHandshakePending) peer.EnsureHandshakeRecord().NoteUnanswered(peer.LastHandshakeSent, step.Now);
        var lastStaged = peer.Activity.LastStaged;
        if (lastStaged > peer.AttemptsSince) peer.AttemptsSince = lastStaged;
        var tried = step.Now - peer.AttemptsSince;
        if (tried >= ProtocolConstants.RekeyAttemptTime)
        {
            GiveUp(peer, step);
            return;
        }
        device.Logger.Unanswered(peer.ShortName, (int)ProtocolConstants.RekeyTimeout.TotalSeconds);
        var isSilent = !peer.SilentSince.IsUnset && step.Now - peer.SilentSince >= PatienceBeforeWarning;
        if (isSilent && step.Now - peer.LastHandshakeSent >= ProtocolConstants.RekeyTimeout && peer.LogGate.Allows(LogTopic.NoAnswer, step.Now))
            device.Logger.NoAnswer(peer.ShortName, peer.Endpoint?.ToString() ?? "");
        if (peer.Endpoint is { } endpoint) peer.ForgetSource(endpoint);
        handshakes.Initiate(peer, step, isRetry: true);
        if (peer.Timers.IsArmed(PeerTimer.RetransmitHandshake) || peer.AttemptsSince.IsUnset) return;
        // It was too soon after a response of ours. Never in the past, or the timer would fire for ever.
        var isSoon = !peer.LastHandshakeSent.IsUnset && step.Now < peer.LastHandshakeSent + ProtocolConstants.RekeyTimeout;
        peer.Timers.HandshakeInitiated(isSoon ? peer.LastHandshakeSent : step.Now, device.Jitter(step.Random));
    }

    private void GiveUp(Peer peer, in ControlStep step)
    {
        var dropped = peer.Staged.Clear();
        device.Drops.Add(DropReason.StagedAbandoned, dropped);
        peer.Timers.Cancel(PeerTimer.SendKeepalive);
        peer.Activity.ForgiveKeepalive();
        ArmKeepalive(peer);
        handshakes.AbandonHandshake(peer, KeyEndReason.HandshakeAbandoned);
        peer.AttemptsSince = default;
        peer.SilentSince = default;
        peer.LastMinuteHandshakeAsked = false;
        if (!peer.Timers.IsArmed(PeerTimer.ZeroKeyMaterial)) peer.Timers.SessionDerived(step.Now);
        peer.IsConnected = false;
        peer.LogGate.Reset();
        device.Logger.PeerLost(peer.ShortName, peer.Endpoint?.ToString() ?? "", (int)ProtocolConstants.RekeyAttemptTime.TotalSeconds);
    }

    private void SendKeepalive(Peer peer, in ControlStep step)
    {
        var since = peer.Activity.KeepaliveOwedSince;
        if (!since.IsUnset && step.Now >= since + ProtocolConstants.KeepaliveTimeout)
        {
            var more = peer.Activity.LastDataReceived > since;
            peer.Activity.ForgiveKeepalive();
            device.SendKeepalive(peer, step);
            if (more) peer.Activity.OweKeepalive(step.Now);
        }
        ArmKeepalive(peer);
    }

    private void StartNewHandshake(Peer peer, in ControlStep step)
    {
        var since = peer.Activity.UnansweredSince;
        var patience = ProtocolConstants.KeepaliveTimeout + ProtocolConstants.RekeyTimeout;
        if (!since.IsUnset && step.Now >= since + patience)
        {
            device.Logger.Unanswered(peer.ShortName, (int)patience.TotalSeconds);
            if (peer.Endpoint is { } endpoint) peer.ForgetSource(endpoint);
            peer.Activity.ForgiveUnanswered();
            handshakes.Initiate(peer, step, isRetry: false);
        }
        ArmNewHandshake(peer, step);
    }

    private void KeepAlivePersistently(Peer peer, in ControlStep step)
    {
        if (peer.PersistentKeepalive == 0) return;
        var due = peer.Activity.LastTraversal + TimeSpan.FromSeconds(peer.PersistentKeepalive);
        if (step.Now >= due)
        {
            peer.Activity.RestartTraversal(step.Now);
            device.SendKeepalive(peer, step);
        }
        peer.Timers.KeepAlivePersistently(peer.Activity.LastTraversal, peer.PersistentKeepalive);
    }
}
