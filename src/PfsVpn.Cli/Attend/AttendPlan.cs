using PfsVpn.Cli.Paths;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Attend;

/// <summary>What of a tunnel's file concerns the attendant: names to look up and hooks to run, and no secret.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Peers">The peers with something to attend to: a name to look up, hooks, or a path on which packets may vanish.</param>
/// <param name="FollowsMtu">Whether the MTU follows the path's: where the file says none.</param>
internal sealed record AttendPlan(string Interface, IReadOnlyList<AttendedPeer> Peers, bool FollowsMtu)
{
    /// <summary>Whether nothing needs an attendant.</summary>
    public bool IsEmpty => Peers.Count == 0;

    /// <summary>Whether another plan says the same of each peer.</summary>
    public bool IsSameAs(AttendPlan other) => FollowsMtu == other.FollowsMtu && Peers.Count == other.Peers.Count && Peers.Zip(other.Peers).All(static pair => pair.First.IsSameAs(pair.Second));

    /// <summary>Takes it out of a file, whose secrets stay there.</summary>
    public static AttendPlan Of(TunnelFile file, string interfaceName)
    {
        var peers = new List<AttendedPeer>();
        // Where no peer has an endpoint there is no path: the others come to us.
        var followsMtu = file.Mtu is null && file.Peers.Exists(static peer => peer.NamedEndpoint is not null || peer.Change.Endpoint is not null);
        foreach (var peer in file.Peers)
        {
            var attended = new AttendedPeer(
                peer.Change.PublicKey,
                peer.Name,
                peer.NamedEndpoint is { } named ? (named.Host, named.Port) : null,
                peer.Change.PersistentKeepalive ?? 0,
                followsMtu ? [.. LikelyAddresses.Of(file, peer)] : [],
                [.. file.OnConnect, .. peer.OnConnect],
                [.. file.OnDisconnect, .. peer.OnDisconnect]);
            // The same peer in two sections: what stands last is what the daemon has.
            peers.RemoveAll(other => other.PublicKey == attended.PublicKey);
            // Over IPv4 packets that are too large are fragmented on their way, with or without an attendant.
            var mayVanish = followsMtu && peer.Change.Endpoint is { Address.IsV4: false };
            if (attended.Endpoint is not null || attended.HasHooks || mayVanish) peers.Add(attended);
        }
        return new AttendPlan(interfaceName, peers, followsMtu);
    }
}

/// <summary>One peer of an <see cref="AttendPlan"/>.</summary>
/// <param name="PublicKey">Its key.</param>
/// <param name="Name">Its name, or null.</param>
/// <param name="Endpoint">Host and port where the endpoint is given by name, else null.</param>
/// <param name="Keepalive">Seconds between persistent keepalives, 0 for none.</param>
/// <param name="Inside">Addresses inside the tunnel at which it is likely to answer, where the MTU follows the path.</param>
/// <param name="OnConnect">Commands when it is reached: the interface's, then its own.</param>
/// <param name="OnDisconnect">Commands when it is not reached any more.</param>
internal sealed record AttendedPeer(
    PublicKey PublicKey, string? Name, (string Host, string Port)? Endpoint, ushort Keepalive, IReadOnlyList<IpAddress> Inside, IReadOnlyList<string> OnConnect,
    IReadOnlyList<string> OnDisconnect)
{
    /// <summary>Whether another one says the same.</summary>
    public bool IsSameAs(AttendedPeer other) => this with { Inside = other.Inside, OnConnect = other.OnConnect, OnDisconnect = other.OnDisconnect } == other
        && Inside.SequenceEqual(other.Inside) && OnConnect.SequenceEqual(other.OnConnect, StringComparer.Ordinal) && OnDisconnect.SequenceEqual(other.OnDisconnect, StringComparer.Ordinal);

    /// <summary>Whether there are commands for it.</summary>
    public bool HasHooks => OnConnect.Count != 0 || OnDisconnect.Count != 0;

    /// <summary>How it is called in messages.</summary>
    public string Title => Name ?? PublicKey.ToString();
}
