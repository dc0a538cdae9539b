using PfsVpn.Cli.Input;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>Name servers: that those of the file are in force, asked through the tunnel, and answer.</summary>
internal sealed class DnsCheck : ITunnelCheck
{
    private const string ResolverFile = "/etc/resolv.conf";

    /// <inheritdoc/>
    public string Name => "dns";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        if (!tunnel.Runs) return [];
        var used = (probe.Text(ResolverFile) ?? "").Split('\n').Select(static line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))
            .Where(static words => words is ["nameserver", _, ..] && IpAddress.TryParse(words[1], out _)).Select(static words => words[1]).ToList();
        return tunnel.NameServers.Count > 0 ? OfTheFile(probe, tunnel, used) : OfTheHost(probe, tunnel, used);
    }

    private static IEnumerable<Finding> OfTheFile(IHostProbe probe, Patient tunnel, List<string> used)
    {
        var texts = tunnel.NameServers.Select(static server => server.ToString()).ToList();
        if (!used.Intersect(texts, StringComparer.Ordinal).Any() && !InResolved(probe, tunnel.Name, texts))
            yield return Finding.Problem($"the name servers of the file ({string.Join(", ", texts)}) are not in force: {ResolverFile} has {(used.Count == 0 ? "none" : string.Join(", ", used))}",
                $"pfsvpn reload {tunnel.Handle}; another program (NetworkManager, dhclient) may have written {ResolverFile} since");
        foreach (var server in tunnel.NameServers)
        {
            var route = RouteAnswer.Ask(probe, server);
            if (route.Device != tunnel.Name && route.Device != "lo" && !tunnel.Peers.Any(peer => peer.AllowedIps.Any(prefix => prefix.Contains(server))))
                yield return Finding.Warning($"the name server {server} is asked beside the tunnel ({route}): whoever is on that way sees the names", $"add it to AllowedIPs: {Provision.AddressPlan.Alone(server)}, then: pfsvpn reload {tunnel.Handle}");
            if (probe.AsksNameServer(server)) yield return Finding.Ok($"the name server {server} answers");
            else yield return Finding.Problem($"the name server {server} does not answer", "correct DNS in the file, or start the name server there; it must take questions from this end's address in the tunnel");
        }
    }

    private static IEnumerable<Finding> OfTheHost(IHostProbe probe, Patient tunnel, List<string> used)
    {
        if (!tunnel.Peers.Any(static peer => peer.AllowedIps.Any(static prefix => prefix.IsDefault()))) yield break;
        foreach (var text in used)
        {
            if (!IpAddress.TryParse(text, out var server) || RouteAnswer.Ask(probe, server).Device != tunnel.Name || probe.AsksNameServer(server)) continue;
            yield return Finding.Problem($"all traffic goes into the tunnel, and the host's name server {server} does not answer through it", $"say which to use in the file: DNS = ADDRESS; then: pfsvpn reload {tunnel.Handle}");
        }
    }

    /// <summary>Whether systemd-resolved has them for the interface.</summary>
    private static bool InResolved(IHostProbe probe, string name, List<string> servers)
    {
        var result = probe.Run("resolvectl", "dns", name);
        return result.Succeeded && result.Output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Intersect(servers, StringComparer.Ordinal).Any();
    }
}
