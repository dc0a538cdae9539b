using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Routing;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>Applies a validated change to a device, slice by slice.</summary>
/// <remarks>
/// References: kernel netlink.c (wg_set_device, set_peer). Threading: the control thread.
/// Allowed IPs are published once, at the end of the change.
/// </remarks>
internal sealed class DeviceConfigurator(WireGuardDevice device)
{
    /// <summary>Allowed IPs that one slice inserts.</summary>
    private const int PrefixesPerSlice = 1024;

    /// <summary>Peers whose keypairs one slice lets follow a new life.</summary>
    private const int PeersPerSlice = 256;

    /// <summary>The steps of a change. Every move is a slice of at most about a millisecond.</summary>
    public IEnumerator<bool> Apply(DeviceChange change, Func<ControlStep> step)
    {
        var awake = new List<Peer>();
        var routes = device.AllowedIps.Begin();
        try
        {
            if (change.PrivateKey is { } key)
            {
                change.PrivateKey = null;
                using var rekeying = ChangePrivateKey(key, routes);
                while (rekeying.MoveNext()) yield return true;
                awake.AddRange(device.Peers.All.Where(static peer => peer.Staged.Count > 0));
            }
            device.RekeyAfterSeconds = change.RekeyAfterSeconds ?? device.RekeyAfterSeconds;
            device.RekeyAfterBytes = change.RekeyAfterBytes ?? device.RekeyAfterBytes;
            using var naming = ChangePeers(change, routes, awake, step);
            while (naming.MoveNext()) yield return true;
            if (change.RekeyAfterSeconds is not null || change.RekeyAfterBytes is not null)
            {
                // Last, so that no keypair is shortened by the interface's setting whose peer gets one of its own in the same change.
                foreach (var chunk in device.Peers.All.Chunk(PeersPerSlice))
                {
                    foreach (var peer in chunk) device.Sessions.Follow(peer, step().Now);
                    yield return true;
                }
            }
        }
        finally
        {
            // Also where memory for a key could not be had: no route may lead to a peer that was removed.
            routes.Publish();
        }
        if (!device.IsUp) yield break;
        foreach (var peer in awake)
        {
            if (!peer.IsRemoved) device.FlushStaged(peer, step());
            if (!peer.IsRemoved) device.Schedule(peer);
            yield return true;
        }
    }

    private IEnumerator<bool> ChangePeers(DeviceChange change, AllowedIps<Peer>.Edit routes, List<Peer> awake, Func<ControlStep> step)
    {
        var present = new HashSet<PublicKey>();
        if (change.ReplacePeers)
        {
            var named = change.Peers.Select(static peer => peer.PublicKey).ToHashSet();
            foreach (var peer in device.Peers.All.Where(peer => !named.Contains(peer.PublicKey)).ToArray())
            {
                RemovePeer(peer, routes);
                yield return true;
            }
            present.UnionWith(device.Peers.All.Select(static peer => peer.PublicKey));
        }
        foreach (var peerChange in change.Peers)
        {
            if (FindOrAdd(peerChange, routes) is { } peer)
            {
                // In one slice with what follows: a handshake in between would find the peer without its pre-shared key.
                if (present.Remove(peer.PublicKey)) Reset(peer, routes);
                ChangePeer(peer, peerChange, step());
                if (peerChange.ReplaceAllowedIps) routes.RemoveAll(peer);
                using var prefixes = ChangeAllowedIps(peer, peerChange, routes);
                while (prefixes.MoveNext()) yield return true;
                awake.Add(peer);
            }
            yield return true;
        }
    }

    private IEnumerator<bool> ChangePrivateKey(SecretKey key, AllowedIps<Peer>.Edit routes)
    {
        var none = key.IsZero;
        if (!none) X25519.Clamp(key);
        if (none ? device.Identity is null : device.Identity is { } present && SecretKey.FixedTimeEquals(present.PrivateKey, key))
        {
            key.Dispose();
            yield break;
        }
        // While the static-static secrets are computed anew there is no identity, and so no handshake.
        var (oldIdentity, oldChecker) = (device.Identity, device.CookieChecker);
        device.Identity = null;
        device.CookieChecker = null;
        foreach (var peer in device.Peers.All)
        {
            device.Sessions.End(peer, KeyEndReason.PrivateKeyChanged);
            peer.Cookies.Clear(KeyEndReason.PrivateKeyChanged);
            peer.Remote.ForgetStaticStatic();
        }
        device.Sessions.NoteAllEnded(KeyEndReason.PrivateKeyChanged);
        oldIdentity?.End(KeyEndReason.PrivateKeyChanged);
        oldChecker?.End(KeyEndReason.PrivateKeyChanged);
        if (oldIdentity is not null) device.Logger.PrivateKeyChanged();
        if (none)
        {
            key.Dispose();
            yield break;
        }
        var identity = new StaticIdentity(key, device.Ledger);
        try
        {
            if (device.Peers.Find(identity.PublicKey) is { } self)
            {
                device.Logger.SelfPeer(self.ShortName);
                RemovePeer(self, routes);
            }
            foreach (var peer in device.Peers.All)
            {
                peer.Remote.TryPrecompute(identity);
                yield return true;
            }
            device.CookieChecker = new CookieChecker(device.Arena, identity.PublicKey, device.Ledger);
            device.Identity = identity;
        }
        finally
        {
            if (!ReferenceEquals(device.Identity, identity)) identity.End(KeyEndReason.PrivateKeyChanged);
        }
    }

    /// <summary>A set that replaces all peers leaves nothing of the old settings of those that stay, but does not end their sessions.</summary>
    private static void Reset(Peer peer, AllowedIps<Peer>.Edit routes)
    {
        routes.RemoveAll(peer);
        peer.Remote.PresharedKey = null;
        peer.Name = "";
        peer.PersistentKeepalive = 0;
        peer.RekeyAfterSeconds = 0;
        peer.RekeyAfterBytes = 0;
        peer.Timers.Cancel(PeerTimer.PersistentKeepalive);
    }

    private Peer? FindOrAdd(PeerChange change, AllowedIps<Peer>.Edit routes)
    {
        var peer = device.Peers.Find(change.PublicKey);
        if (change.Remove)
        {
            if (peer is not null) RemovePeer(peer, routes);
            return null;
        }
        if (peer is not null) return peer;
        if (change.UpdateOnly) return null;
        if (device.Identity?.PublicKey == change.PublicKey)
        {
            device.Logger.SelfPeerRefused(change.PublicKey.ToShortString());
            return null;
        }
        peer = new Peer(device.Arena, change.PublicKey, device.Scratch, device.StagedBudget, device.Sessions.EndKeypair, device.Ledger) { Name = change.Name ?? "" };
        if (device.Identity is { } self) peer.Remote.TryPrecompute(self);
        device.Peers.Add(peer);
        device.Logger.PeerAdded(peer.ShortName);
        return peer;
    }

    private void ChangePeer(Peer peer, PeerChange change, in ControlStep step)
    {
        if (change.PresharedKey is { } preshared)
        {
            change.PresharedKey = null;
            peer.Remote.PresharedKey = preshared;
        }
        peer.Name = change.Name ?? peer.Name;
        if (change.Endpoint is { } endpoint && peer.Endpoint?.Remote != endpoint)
        {
            peer.Endpoint = new Endpoint(endpoint);
            device.Sessions.ByEndpoint.Register(peer);
        }
        peer.RekeyAfterSeconds = change.RekeyAfterSeconds ?? peer.RekeyAfterSeconds;
        peer.RekeyAfterBytes = change.RekeyAfterBytes ?? peer.RekeyAfterBytes;
        device.Sessions.Follow(peer, step.Now);
        if (change.PersistentKeepalive is { } interval && interval != peer.PersistentKeepalive)
        {
            var wasOff = peer.PersistentKeepalive == 0;
            peer.PersistentKeepalive = interval;
            if (!device.IsUp) return;
            peer.Timers.KeepAlivePersistently(step.Now, interval);
            if (wasOff)
            {
                peer.Activity.RestartTraversal(step.Now);
                device.SendKeepalive(peer, step);
            }
        }
    }

    private static IEnumerator<bool> ChangeAllowedIps(Peer peer, PeerChange change, AllowedIps<Peer>.Edit routes)
    {
        for (var i = 0; i < change.AllowedIps.Count; i++)
        {
            var entry = change.AllowedIps[i];
            if (entry.Remove) routes.Remove(entry.Prefix, peer);
            else routes.Insert(entry.Prefix, peer);
            if (i % PrefixesPerSlice == PrefixesPerSlice - 1) yield return true;
        }
    }

    private void RemovePeer(Peer peer, AllowedIps<Peer>.Edit routes)
    {
        peer.IsRemoved = true;
        routes.RemoveAll(peer);
        device.Peers.Remove(peer);
        device.Sessions.Quiet(peer, KeyEndReason.PeerRemoved);
        device.Sessions.ByEndpoint.Forget(peer);
        peer.Erase(KeyEndReason.PeerRemoved);
        device.Logger.PeerRemoved(peer.ShortName);
    }
}
