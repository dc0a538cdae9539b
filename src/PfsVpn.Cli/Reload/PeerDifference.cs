using System.Text;
using PfsVpn.Cli.Control;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Reload;

/// <summary>
/// What a daemon has to be told so that it has what a file says, and nothing else: sessions of peers that stay go on. And the same the other way round.
/// </summary>
/// <remarks>Ownership: the changes hold copies of secrets; whoever has them disposes them.</remarks>
internal static class PeerDifference
{
    /// <summary>The change to the device itself, but for its mark, and to peers that are new or that stay; null where there is none.</summary>
    /// <param name="wanted">What the file says, endpoints looked up.</param>
    /// <param name="applied">What was in force, or null where that is not known: its endpoints are not set again, for a peer may have roamed.</param>
    /// <param name="running">What the daemon has.</param>
    /// <param name="arena">Where copies of secrets go.</param>
    public static DeviceChange? ToFile(DeviceChange wanted, TunnelFile? applied, RunningDevice running, SecretArena arena)
    {
        var change = new DeviceChange();
        if (wanted.PrivateKey is { } key && !AreSame(key, running.PrivateKey)) change.PrivateKey = Copy(key, arena);
        if (wanted.ListenPort is > 0 and var port && port != running.ListenPort) change.ListenPort = port;
        if ((wanted.BindDevice ?? "") != running.BindDevice) change.BindDevice = wanted.BindDevice ?? "";
        if ((wanted.BindAddresses ?? default) != running.BindAddresses) change.BindAddresses = wanted.BindAddresses ?? default;
        if (wanted.RekeyAfterSeconds is { } seconds && seconds != running.RekeyAfterSeconds) change.RekeyAfterSeconds = seconds;
        if (wanted.RekeyAfterBytes is { } bytes && bytes != running.RekeyAfterBytes) change.RekeyAfterBytes = bytes;
        var owned = OwnedPrefixes(wanted);
        // The same peer in two sections: what stands last counts.
        foreach (var peer in wanted.Peers.GroupBy(static peer => peer.PublicKey).Select(static sections => sections.Last()))
        {
            var former = running.Peers.Find(other => other.PublicKey == peer.PublicKey);
            if (ToFile(peer, owned[peer.PublicKey], applied, former, arena) is { } one) change.Peers.Add(one);
        }
        return IsEmpty(change) ? null : change;
    }

    /// <summary>The change of the mark, whose moment the routes decide; null where there is none.</summary>
    /// <param name="wanted">What the file says.</param>
    /// <param name="running">What the daemon has.</param>
    /// <param name="keepsMark">Whether the mark stays although the file says none: it was chosen for the default routes.</param>
    public static DeviceChange? Mark(DeviceChange wanted, RunningDevice running, bool keepsMark) =>
        wanted.FirewallMark is { } mark && mark != running.FirewallMark && !(mark == 0 && keepsMark) ? new DeviceChange { FirewallMark = mark } : null;

    /// <summary>The change that removes peers which the file has not; null where there are none.</summary>
    public static DeviceChange? Removal(DeviceChange wanted, RunningDevice running)
    {
        var change = new DeviceChange();
        foreach (var peer in running.Peers.Where(peer => !wanted.Peers.Exists(other => other.PublicKey == peer.PublicKey)))
            change.Peers.Add(new PeerChange(peer.PublicKey) { Remove = true });
        return IsEmpty(change) ? null : change;
    }

    /// <summary>The change that takes another one back.</summary>
    public static DeviceChange Reverse(DeviceChange change, RunningDevice running, SecretArena arena)
    {
        var back = new DeviceChange();
        if (change.PrivateKey is not null) back.PrivateKey = running.PrivateKey is { } key ? Copy(key, arena) : arena.Allocate();
        if (change.ListenPort is not null) back.ListenPort = running.ListenPort;
        if (change.FirewallMark is not null) back.FirewallMark = running.FirewallMark;
        if (change.BindDevice is not null) back.BindDevice = running.BindDevice;
        if (change.BindAddresses is not null) back.BindAddresses = running.BindAddresses;
        if (change.RekeyAfterSeconds is not null) back.RekeyAfterSeconds = running.RekeyAfterSeconds;
        if (change.RekeyAfterBytes is not null) back.RekeyAfterBytes = running.RekeyAfterBytes;
        foreach (var key in change.Peers.Select(static peer => peer.PublicKey).Distinct())
            back.Peers.Add(running.Peers.Find(peer => peer.PublicKey == key) is { } former ? Whole(former, arena) : new PeerChange(key) { Remove = true });
        return back;
    }

    /// <summary>The allowed IPs that each peer ends up with: one belongs to the last peer that it was given to.</summary>
    private static Dictionary<PublicKey, HashSet<IpPrefix>> OwnedPrefixes(DeviceChange wanted)
    {
        var owners = new Dictionary<IpPrefix, PublicKey>();
        foreach (var peer in wanted.Peers)
        {
            foreach (var allowed in peer.AllowedIps)
            {
                if (!allowed.Remove) owners[allowed.Prefix] = peer.PublicKey;
                else if (owners.GetValueOrDefault(allowed.Prefix) == peer.PublicKey) owners.Remove(allowed.Prefix);
            }
        }
        var owned = wanted.Peers.DistinctBy(static peer => peer.PublicKey).ToDictionary(static peer => peer.PublicKey, static _ => new HashSet<IpPrefix>());
        foreach (var (prefix, owner) in owners) owned[owner].Add(prefix);
        return owned;
    }

    /// <summary>The change for one peer, with copies of its secrets: the file's are kept.</summary>
    private static PeerChange? ToFile(PeerChange wanted, HashSet<IpPrefix> prefixes, TunnelFile? applied, RunningPeer? running, SecretArena arena)
    {
        var change = new PeerChange(wanted.PublicKey);
        var isNew = running is null;
        if (wanted.PresharedKey is { } preshared ? !AreSame(preshared, running?.PresharedKey) : running?.PresharedKey is not null)
            change.PresharedKey = wanted.PresharedKey is { } key ? Copy(key, arena) : arena.Allocate();
        if (wanted.Endpoint is { } endpoint && (isNew || IsNewEndpoint(wanted.PublicKey, endpoint, applied, running!))) change.Endpoint = endpoint;
        if ((wanted.Name ?? "") != (running?.Name ?? "")) change.Name = wanted.Name ?? "";
        if ((wanted.PersistentKeepalive ?? 0) != (running?.PersistentKeepalive ?? 0)) change.PersistentKeepalive = wanted.PersistentKeepalive ?? 0;
        if ((wanted.RekeyAfterSeconds ?? 0) != (running?.RekeyAfterSeconds ?? 0)) change.RekeyAfterSeconds = wanted.RekeyAfterSeconds ?? 0;
        if ((wanted.RekeyAfterBytes ?? 0) != (running?.RekeyAfterBytes ?? 0)) change.RekeyAfterBytes = wanted.RekeyAfterBytes ?? 0;
        if (!prefixes.SetEquals(running?.AllowedIps.Select(ToPrefix) ?? []))
        {
            change.ReplaceAllowedIps = true;
            change.AllowedIps.AddRange(prefixes.Select(static prefix => new AllowedIpChange(prefix, Remove: false)));
        }
        return isNew || change is not { PresharedKey: null, Name: null, Endpoint: null, PersistentKeepalive: null, RekeyAfterSeconds: null, RekeyAfterBytes: null, ReplaceAllowedIps: false } ? change : null;
    }

    /// <summary>An endpoint is set where the file's has changed. Where that is not known, where the daemon has another one.</summary>
    private static bool IsNewEndpoint(PublicKey key, EndpointAddress endpoint, TunnelFile? applied, RunningPeer running)
    {
        if (running.Endpoint == NativeResolver.Format(endpoint)) return false;
        return applied?.Peers.Find(peer => peer.Change.PublicKey == key) is not { } former || former.Change.Endpoint != endpoint;
    }

    private static bool IsEmpty(DeviceChange change) =>
        change is { PrivateKey: null, ListenPort: null, FirewallMark: null, BindDevice: null, BindAddresses: null, RekeyAfterSeconds: null, RekeyAfterBytes: null, Peers.Count: 0 };

    private static bool AreSame(SecretKey wanted, SecretKey? running) => running is null ? wanted.IsZero : SecretKey.FixedTimeEquals(wanted, running);

    private static SecretKey Copy(SecretKey key, SecretArena arena)
    {
        var copy = arena.Allocate();
        copy.CopyFrom(key);
        return copy;
    }

    private static IpPrefix ToPrefix(RunningPrefix prefix) => new(prefix.Address, prefix.Length);

    /// <summary>The endpoint that a daemon showed; null for one with a scope, which is left as it is.</summary>
    private static EndpointAddress? EndpointOf(string text)
    {
        _ = WgConfigValues.ParseEndpoint(Encoding.UTF8.GetBytes(text), out var address);
        return address;
    }

    private static PeerChange Whole(RunningPeer peer, SecretArena arena)
    {
        var whole = new PeerChange(peer.PublicKey)
        {
            PresharedKey = peer.PresharedKey is { } key ? Copy(key, arena) : arena.Allocate(),
            Name = peer.Name,
            Endpoint = peer.Endpoint is { } text ? EndpointOf(text) : null,
            PersistentKeepalive = peer.PersistentKeepalive,
            RekeyAfterSeconds = peer.RekeyAfterSeconds,
            RekeyAfterBytes = peer.RekeyAfterBytes,
            ReplaceAllowedIps = true,
        };
        whole.AllowedIps.AddRange(peer.AllowedIps.Select(static allowed => new AllowedIpChange(ToPrefix(allowed), Remove: false)));
        return whole;
    }
}
