using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>Where peers are: that their names can be looked up, that there is a way there which is not the tunnel itself, and that somebody is in.</summary>
internal sealed class EndpointCheck : ITunnelCheck<IHostProbe>
{
    private const int EACCES = 13, EHOSTUNREACH = 113, ENETUNREACH = 101, EPERM = 1;

    /// <inheritdoc/>
    public string Name => "endpoint";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel) => tunnel.Peers.Where(static peer => peer.KnowsEndpoint).Select(peer => Examine(probe, tunnel, peer));

    private static Finding Examine(IHostProbe probe, Patient tunnel, PatientPeer peer)
    {
        var (endpoint, named) = (peer.Endpoint, "");
        if (peer.NamedEndpoint is var (host, port))
        {
            var (error, words, found) = probe.Resolve(host, port);
            if (error != 0 && !peer.IsConnected(probe.Now)) return Unresolved(probe, tunnel, peer, host, words);
            if (error == 0)
            {
                named = $"{host} is ";
                if (peer.Endpoint is { } other && other.Address != found.Address && !peer.IsConnected(probe.Now))
                    return Finding.Problem($"the name of {peer.Label}, {host}, is {found.Address} now, and the daemon sends to {other.Address}", $"pfsvpn reload {tunnel.Handle}");
                endpoint ??= found;
            }
        }
        return endpoint is { } address ? Reach(probe, tunnel, peer, address, named) : Finding.Skipped($"the endpoint of {peer.Label} is not known");
    }

    private static Finding Unresolved(IHostProbe probe, Patient tunnel, PatientPeer peer, string host, string words) => tunnel.NameServers.Count > 0 && tunnel.Runs
        ? Finding.Problem($"the endpoint of {peer.Label}, {host}, cannot be looked up: {words}", $"the name servers in force are those of the tunnel, which is not connected: give the endpoint as an address, or take it down and up again: pfsvpn down {tunnel.Handle}; pfsvpn up {tunnel.Handle}")
        : Finding.Problem($"the endpoint of {peer.Label}, {host}, cannot be looked up: {words}", $"correct the name in Endpoint, or mend the name servers of this host ({probe.Words.NameServers})");

    private static Finding Reach(IHostProbe probe, Patient tunnel, PatientPeer peer, EndpointAddress endpoint, string named)
    {
        var route = probe.RouteBeside(tunnel, endpoint.Address);
        var place = $"{peer.Label} at {NativeResolver.Format(endpoint)}";
        if (route.Device is null)
        {
            return Finding.Problem($"there is no way to {place}: {route.Error}", endpoint.Address.IsV4
                ? $"connect this host to a network that leads there; what there is: {probe.Words.ShowRoutes}"
                : $"this host has no IPv6 way there: give the endpoint an IPv4 address, or mend IPv6; what there is: {probe.Words.ShowRoutes}");
        }
        if (route.Device == tunnel.Name)
        {
            return Finding.Problem($"packets to {place} would go into the tunnel itself: a loop",
                $"let the routes be made by pfsvpn up (Table not off), or keep the endpoint out: #! ExcludedIPs = {endpoint.Address}, or: {probe.Words.AddRouteBeside(endpoint.Address)}");
        }
        if (peer.IsConnected(probe.Now)) return Finding.Ok($"{named}{place}, reached {route}");
        return probe.KnockUdp(tunnel, endpoint) switch
        {
            0 => Finding.Ok($"{named}{place}, {route}; nothing says that it cannot be reached"),
            NativeFile.ECONNREFUSED => Finding.Problem($"{endpoint.Address} is there, but nobody listens on its UDP port {endpoint.Port}",
                "start the tunnel at the other end, or correct the port: Endpoint here and ListenPort there must be the same"),
            EHOSTUNREACH => Finding.Problem($"{place} cannot be reached: no such host answers on the way ({route})", "start that host, or correct the address in Endpoint"),
            ENETUNREACH => Finding.Problem($"{place} cannot be reached: a router on the way knows no route", "correct the address in Endpoint, or mend the routes of the network"),
            EPERM => Finding.Problem($"a firewall of this host forbids sending to {place}", $"let it out: UDP to port {endpoint.Port}; its rules: {probe.Words.ShowFirewall}"),
            EACCES => Finding.Problem($"{place} may not be reached: a rule forbids it, here or on the way", $"look for a route that forbids ({probe.Words.ShowRoutes}), or a firewall that rejects"),
            var errno => Finding.Warning($"sending to {place} fails: {NativeFile.Describe(errno)}", $"look at the network of this host: {probe.Words.ShowRoutes}"),
        };
    }
}
