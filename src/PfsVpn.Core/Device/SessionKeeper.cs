using Microsoft.Extensions.Logging;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>The life of sessions: how long their keys live, and each of their ends.</summary>
/// <remarks>
/// 1. A keypair's own end, its age or its last counter: <see cref="EndThoseOver"/>, by a timer, or sooner where a pump stumbles over it.
/// 2. The end of a peer's sessions: key changed, before sleep, machine cloned: <see cref="End"/>. Of everything that goes on with it: <see cref="Quiet"/>.
/// 3. What remains of a keypair that the other side may still use: <see cref="Tombstones"/>, and its endpoint in <see cref="ByEndpoint"/>.
/// Threading: the control thread.
/// </remarks>
internal sealed class SessionKeeper(WireGuardDevice device, HandshakeProcessor handshakes)
{
    private long _restsUntil;

    /// <summary>Indices whose keys are gone and on which the peer may still send.</summary>
    public Tombstones Tombstones { get; } = new();

    /// <summary>Peers by endpoint, for data of sessions that a restart lost.</summary>
    public PeersByEndpoint ByEndpoint { get; } = new();

    /// <summary>Until when no handshake begins; unset for "not at all". Any thread reads.</summary>
    public MonotonicTime RestsUntil
    {
        get => new(Volatile.Read(ref _restsUntil));
        private set => Volatile.Write(ref _restsUntil, value.Nanoseconds);
    }

    /// <summary>Whether the machine is about to sleep: no handshake begins and no packet is kept waiting. Any thread.</summary>
    public bool IsResting(MonotonicTime now) => now < RestsUntil;

    /// <summary>How long the peer's keypairs live: field by field what is set for it, else for the interface, else the protocol's own.</summary>
    public KeyLife LifeOf(Peer peer) => new(
        FirstSet(peer.RekeyAfterSeconds, device.RekeyAfterSeconds, KeyLife.Standard.RekeyAfterSeconds),
        FirstSet(peer.RekeyAfterBytes, device.RekeyAfterBytes, KeyLife.Standard.RekeyAfterBytes));

    /// <summary>A life was set anew: the peer's living keypairs follow at once, and those that it makes too old are erased.</summary>
    public void Follow(Peer peer, MonotonicTime now)
    {
        if (peer.Keypairs.IsEmpty) return;
        peer.Keypairs.Follow(LifeOf(peer), now);
        EndThoseOver(peer, now);
        device.Schedule(peer);
    }

    /// <summary>Erases the peer's keypairs that are too old or that no message can use any more, and sets the timers for the others.</summary>
    public void EndThoseOver(Peer peer, MonotonicTime now)
    {
        if (peer.Keypairs.EndThoseOver(now)) peer.LastMinuteHandshakeAsked = false;
        peer.ArmKeypairTimers();
        if (!peer.Keypairs.IsEmpty) return;
        ByEndpoint.Register(peer);
        if (!peer.IsConnected) return;
        peer.IsConnected = false;
        device.Logger.PeerIdle(peer.ShortName, (int)LifeOf(peer).RejectAfter.TotalSeconds);
    }

    /// <summary>Ends the peer's handshake and keypairs; timers of the data path go on.</summary>
    public void End(Peer peer, KeyEndReason reason)
    {
        handshakes.AbandonHandshake(peer, reason);
        peer.Keypairs.EndAll(reason);
        peer.LastHandshakeSent = default;
        peer.QuietUntil = default;
        peer.LastMinuteHandshakeAsked = false;
        peer.InitiationSlot = default;
        peer.IsHinted = false;
        peer.Timers.Cancel(PeerTimer.ZeroKeyMaterial);
        peer.Timers.Cancel(PeerTimer.RetransmitHandshake);
        peer.Timers.Cancel(PeerTimer.DeferredHandshake);
        peer.AttemptsSince = default;
        peer.SilentSince = default;
        peer.IsConnected = false;
        peer.ArmKeypairTimers();
        ByEndpoint.Register(peer);
        device.Schedule(peer);
    }

    /// <summary>Ends everything that goes on with a peer.</summary>
    public void Quiet(Peer peer, KeyEndReason reason)
    {
        device.Drops.Add(DropReason.StagedAbandoned, peer.Staged.Clear());
        End(peer, reason);
        peer.Cookies.Clear(reason);
        peer.WantsRecovery = false;
        peer.Activity.Reset();
        peer.Timers.CancelAll();
        peer.LogGate.Reset();
        device.Schedule(peer);
    }

    /// <summary>Ends the sessions of all peers, before sleep or in a clone: see <see cref="WireGuardDevice.EraseSessions"/>.</summary>
    public void EndAll(KeyEndReason reason)
    {
        var now = device.Ledger.Now;
        var beforeSleep = reason == KeyEndReason.BeforeSleep;
        if (beforeSleep) RestsUntil = now + WireGuardDevice.LongestRest;
        NoteAllEnded(reason);
        foreach (var peer in device.Peers.All)
        {
            peer.WantsRecovery |= beforeSleep && !peer.Keypairs.IsEmpty;
            if (beforeSleep) device.Drops.Add(DropReason.StagedAbandoned, peer.Staged.Clear());
            peer.Cookies.Clear(reason);
            End(peer, reason);
            if (peer.Staged.Count == 0) continue;
            peer.Timers.Set(PeerTimer.DeferredHandshake, now);
            device.Schedule(peer);
        }
        device.CookieChecker?.Forget(reason);
    }

    /// <summary>Handshakes may begin again; those that were put off do.</summary>
    public void EndRest(MonotonicTime now)
    {
        RestsUntil = default;
        foreach (var peer in device.Peers.All)
        {
            if (!peer.Timers.IsArmed(PeerTimer.DeferredHandshake)) continue;
            peer.Timers.Set(PeerTimer.DeferredHandshake, now);
            device.Schedule(peer);
        }
    }

    /// <summary>Remembers who had a session before what is too old is ended.</summary>
    public void NoteRecovery()
    {
        foreach (var peer in device.Peers.All) peer.WantsRecovery |= !peer.Keypairs.IsEmpty;
    }

    /// <summary>Begins a handshake with each peer that had a session, or is kept alive, some at once and all others at a steady rate.</summary>
    public void Recover(in ControlStep step)
    {
        foreach (var peer in device.Peers.All)
        {
            peer.WantsRecovery |= peer.PersistentKeepalive > 0;
            if (peer.WantsRecovery) handshakes.Recover(peer, step);
            device.Schedule(peer);
        }
    }

    /// <summary>The sessions of all peers have ended, for a <paramref name="reason"/> after which nobody can go on with one or only before sleep.</summary>
    public void NoteAllEnded(KeyEndReason reason)
    {
        if (reason != KeyEndReason.BeforeSleep) Tombstones.Clear();
        handshakes.ForgetSlots(device.Ledger.Now);
    }

    /// <summary>Takes a keypair out of the index table and ends it.</summary>
    public void EndKeypair(Keypair keypair, KeyEndReason reason)
    {
        // From here on only a lease that is out may keep it: whatever it lives on counts as outliving.
        var now = device.Ledger.Now;
        if (device.Indices.Find(keypair.LocalIndex) is { } entry && ReferenceEquals(entry.Keypair, keypair))
        {
            if (reason is KeyEndReason.TooOld or KeyEndReason.ZeroKeyMaterial or KeyEndReason.BeforeSleep) Tombstones.Add(keypair.LocalIndex, entry.Peer, now);
            device.Indices.Remove(keypair.LocalIndex, entry);
            if (device.Logger.IsEnabled(LogLevel.Debug)) device.Logger.KeypairEnds(entry.Peer.ShortName, keypair.LocalIndex, reason.ToString());
        }
        keypair.Retire(now);
        keypair.EndBy(now);
        keypair.End(reason);
    }

    private static ushort FirstSet(ushort first, ushort second, ushort third) => first != 0 ? first : second != 0 ? second : third;

    private static ulong FirstSet(ulong first, ulong second, ulong third) => first != 0 ? first : second != 0 ? second : third;
}
