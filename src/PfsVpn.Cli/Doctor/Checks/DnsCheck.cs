using PfsVpn.Cli.Input;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>Name servers: that those of the file are in force, asked through the tunnel, and answer.</summary>
internal sealed class DnsCheck : ITunnelCheck<IHostProbe>
{
    /// <inheritdoc/>
    public string Name => "dns";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        if (!tunnel.Runs) return [];
        var used = probe.NameServers(null);
        return tunnel.NameServers.Count > 0 ? OfTheFile(probe, tunnel, used) : OfTheHost(probe, tunnel, used);
    }

    private static IEnumerable<Finding> OfTheFile(IHostProbe probe, Patient tunnel, IReadOnlyList<IpAddress> used)
    {
        if (!used.Intersect(tunnel.NameServers).Any() && !probe.NameServers(tunnel.Name).Intersect(tunnel.NameServers).Any())
            yield return Finding.Problem($"the name servers of the file ({string.Join(", ", tunnel.NameServers)}) are not in force: {probe.Words.NameServers} has {(used.Count == 0 ? "none" : string.Join(", ", used))}",
                $"pfsvpn reload {tunnel.Handle}; {probe.Words.OtherWriters}");
        foreach (var server in tunnel.NameServers)
        {
            var route = probe.Route(tunnel, server);
            if (route.Device != tunnel.Name && route.Device != RouteAnswer.ThisHost && !tunnel.Peers.Any(peer => peer.AllowedIps.Any(prefix => prefix.Contains(server))))
                yield return Finding.Warning($"the name server {server} is asked beside the tunnel ({route}): whoever is on that way sees the names", $"add it to AllowedIPs: {Provision.AddressPlan.Alone(server)}, then: pfsvpn reload {tunnel.Handle}");
            if (probe.AsksNameServer(server)) yield return Finding.Ok($"the name server {server} answers");
            else yield return Finding.Problem($"the name server {server} does not answer", "correct DNS in the file, or start the name server there; it must take questions from this end's address in the tunnel");
        }
    }

    private static IEnumerable<Finding> OfTheHost(IHostProbe probe, Patient tunnel, IReadOnlyList<IpAddress> used)
    {
        if (!tunnel.Peers.Any(static peer => peer.AllowedIps.Any(static prefix => prefix.IsDefault()))) yield break;
        foreach (var server in used)
        {
            if (probe.Route(tunnel, server).Device != tunnel.Name || probe.AsksNameServer(server)) continue;
            yield return Finding.Problem($"all traffic goes into the tunnel, and the host's name server {server} does not answer through it", $"say which to use in the file: DNS = ADDRESS; then: pfsvpn reload {tunnel.Handle}");
        }
    }
}
