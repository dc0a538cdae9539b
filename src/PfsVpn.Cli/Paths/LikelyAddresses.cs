using PfsVpn.Cli.Input;
using PfsVpn.Cli.Provision;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Paths;

/// <summary>Addresses inside a tunnel at which a peer itself is likely to answer.</summary>
internal static class LikelyAddresses
{
    /// <summary>Those that it has alone, then the first of its networks.</summary>
    /// <param name="allowed">The peer's allowed IPs.</param>
    /// <param name="networks">The networks of the interface's addresses.</param>
    /// <param name="own">The interface's addresses, which are not the peer's.</param>
    /// <param name="nameServers">The tunnel's name servers.</param>
    public static IEnumerable<IpAddress> Of(IReadOnlyList<IpPrefix> allowed, IReadOnlyList<IpPrefix> networks, IReadOnlyList<IpAddress> own, IReadOnlyList<IpAddress> nameServers)
    {
        foreach (var prefix in allowed.Where(static prefix => prefix.Length == prefix.Address.BitLength)) yield return prefix.Address;
        foreach (var network in networks.Where(network => network.Length < network.Address.BitLength && allowed.Any(prefix => prefix.Covers(network))))
        {
            var first = AddressPlan.HostOf(network, 1);
            if (!own.Contains(first)) yield return first;
        }
        foreach (var server in nameServers.Where(server => allowed.Any(prefix => prefix.Contains(server)))) yield return server;
        foreach (var prefix in allowed.Where(static prefix => prefix.Length < prefix.Address.BitLength && prefix.Length > 1))
        {
            var first = AddressPlan.HostOf(prefix, 1);
            if (!own.Contains(first)) yield return first;
        }
    }

    /// <summary>The same for a peer of a file. What is no address in it is passed over.</summary>
    public static IEnumerable<IpAddress> Of(TunnelFile file, TunnelPeer peer)
    {
        var addresses = new List<(IpAddress Address, IpPrefix Prefix)>();
        foreach (var text in file.Addresses)
            if (Prefixes.TryParse(text, out var address, out var prefix)) addresses.Add((address, prefix));
        return Of([.. peer.Change.AllowedIps.Where(static allowed => !allowed.Remove).Select(static allowed => allowed.Prefix)],
            [.. addresses.Select(static entry => entry.Prefix)], [.. addresses.Select(static entry => entry.Address)], Prefixes.AddressesOf(file.DnsServers));
    }
}
