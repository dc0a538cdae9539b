using PfsVpn.Cli.Input;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>That packets to each allowed IP really go into the tunnel.</summary>
internal sealed class RouteCheck : ITunnelCheck<IHostProbe>
{
    private const int Most = 64;

    /// <inheritdoc/>
    public string Name => "routes";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        if (!tunnel.Runs) yield break;
        var all = tunnel.Peers.SelectMany(static peer => peer.AllowedIps.Select(prefix => (peer, prefix))).ToList();
        var (right, looked) = (0, 0);
        foreach (var (peer, prefix) in all.Take(Most))
        {
            if (Sample(tunnel, peer, prefix) is not { } address) continue;
            looked++;
            var route = probe.Route(tunnel, address);
            if (route.Device == tunnel.Name) right++;
            else yield return Astray(probe, tunnel, peer, prefix, address, route);
        }
        if (right > 0) yield return Finding.Ok($"{right} of {looked} allowed IPs lead into the tunnel{(all.Count > Most ? $"; {all.Count - Most} more were not looked at" : "")}");
    }

    private static Finding Astray(IHostProbe probe, Patient tunnel, PatientPeer peer, IpPrefix prefix, IpAddress address, RouteAnswer route)
    {
        var what = $"{prefix} of {peer.Label} does not lead into the tunnel: {address} goes {route}{(route.Device is null ? $" ({route.Error})" : "")}";
        if (tunnel.Table == "off") return Finding.Warning(what, $"with Table = off routes are yours to make: {probe.Words.AddRoute(prefix, tunnel.Name)}");
        if (!prefix.Address.IsV4 && !tunnel.OwnAddresses.Any(static own => !own.IsV4)) return Finding.Warning(what, "the tunnel has no IPv6 address: give it one (Address), or leave IPv6 out of AllowedIPs");
        return Finding.Problem(what, prefix.IsDefault()
            ? $"pfsvpn reload {tunnel.Handle}, or pfsvpn down and up: that makes the default route and its rule"
            : $"{probe.Words.AddRoute(prefix, tunnel.Name)}, or: pfsvpn reload {tunnel.Handle}");
    }

    /// <summary>An address of a prefix that no other peer has, that is not excluded, and that no nearer network covers; null where there is none to be found simply.</summary>
    private static IpAddress? Sample(Patient tunnel, PatientPeer peer, IpPrefix prefix)
    {
        IEnumerable<IpAddress> candidates = prefix.Length == prefix.Address.BitLength ? [prefix.Address]
            : prefix.IsDefault() && prefix.Address.IsV4 ? [Of("9.9.9.9"), Of("198.51.100.1"), Of("129.0.0.1")]
            : prefix.IsDefault() ? [Of("2620:fe::fe"), Of("9000::1")]
            : Enumerable.Range(1, 8).Select(host => Provision.AddressPlan.HostOf(prefix, (uint)host));
        return candidates.Where(address => prefix.Contains(address) && !tunnel.OwnAddresses.Contains(address)
                && !peer.ExcludedIps.Any(excluded => excluded.Contains(address))
                && !tunnel.Peers.Any(other => other.AllowedIps.Any(narrow => other != peer && narrow.Length > prefix.Length && narrow.Contains(address)))
                && !tunnel.Networks.Any(network => network.Prefix.Length > prefix.Length && network.Prefix.Contains(address)))
            .Cast<IpAddress?>().FirstOrDefault();
    }

    private static IpAddress Of(string text) => IpAddress.TryParse(text, out var address) ? address : default;
}
