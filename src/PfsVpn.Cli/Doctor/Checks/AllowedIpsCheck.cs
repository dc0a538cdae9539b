using PfsVpn.Cli.Input;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>AllowedIPs that are in each other's way, or in that of other networks.</summary>
internal sealed class AllowedIpsCheck : ITunnelCheck<IHostProbe>
{
    /// <inheritdoc/>
    public string Name => "allowed-ips";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        var clean = true;
        foreach (var finding in Twice(tunnel).Concat(Own(tunnel)).Concat(Local(tunnel)).Concat(OtherTunnels(tunnel)))
        {
            clean = false;
            yield return finding;
        }
        if (clean && tunnel.Peers.Count > 0) yield return Finding.Ok("no two peers have the same, and no other network is in the way");
    }

    private static IEnumerable<Finding> Twice(Patient tunnel) => tunnel.Peers.SelectMany(static peer => peer.AllowedIps.Distinct().Select(prefix => (prefix, peer.Label)))
        .GroupBy(static entry => entry.prefix).Where(static group => group.Count() > 1)
        .Select(group => Finding.Problem($"{group.Key} is given to {string.Join(" and ", group.Select(static entry => entry.Label))}: only the last has it, the others get nothing",
            $"give each peer addresses of its own in {tunnel.Path ?? "AllowedIPs"}, then: pfsvpn reload {tunnel.Handle}"));

    private static IEnumerable<Finding> Own(Patient tunnel)
    {
        foreach (var peer in tunnel.Peers)
            foreach (var own in tunnel.OwnAddresses.Where(own => peer.AllowedIps.Contains(Provision.AddressPlan.Alone(own))))
                yield return Finding.Problem($"{own} is this end's own address, and AllowedIPs give it to {peer.Label}: answers do not come back", "AllowedIPs are the addresses of the other end: exchange them");
    }

    private static IEnumerable<Finding> Local(Patient tunnel)
    {
        foreach (var peer in tunnel.Peers)
        {
            foreach (var prefix in peer.AllowedIps.Where(static prefix => !prefix.IsDefault()))
            {
                var (device, address, network) = tunnel.Networks.FirstOrDefault(entry => !IsLinkLocal(entry.Prefix) && entry.Prefix.Covers(prefix) && !IsHost(entry.Prefix));
                if (device is not null && !peer.ExcludedIps.Any(excluded => excluded.Covers(network)))
                    yield return Finding.Warning($"{prefix} of {peer.Label} is also the network of {device} here ({address}/{network.Length}): hosts of one of the two cannot be reached",
                        $"renumber one of the two networks, or keep the near one out: #! ExcludedIPs = {network}");
            }
        }
    }

    private static IEnumerable<Finding> OtherTunnels(Patient tunnel)
    {
        foreach (var peer in tunnel.Peers)
            foreach (var prefix in peer.AllowedIps)
                if (tunnel.Others.FirstOrDefault(other => other.Prefix == prefix || (!prefix.IsDefault() && !other.Prefix.IsDefault() && other.Prefix.Overlaps(prefix))) is { Tunnel: not null } other)
                    yield return Finding.Warning($"{prefix} of {peer.Label} is wanted by the tunnel {other.Tunnel} as well ({other.Prefix}): only one of the two gets the packets", "take it from one of the two, or bring up one at a time");
    }

    private static bool IsHost(IpPrefix prefix) => prefix.Length == prefix.Address.BitLength;

    private static bool IsLinkLocal(IpPrefix prefix) => !prefix.Address.IsV4 && prefix.Address.High >> 54 == 0x3FA;
}
