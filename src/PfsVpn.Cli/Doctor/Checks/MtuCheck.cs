using System.Globalization;
using PfsVpn.Cli.Paths;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The MTU, measured: echo requests of many sizes that must not be fragmented, to the endpoint and through the tunnel.</summary>
internal sealed class MtuCheck : ITunnelCheck<IHostProbe>
{
    /// <inheritdoc/>
    public string Name => "mtu";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        if (!tunnel.Runs) yield break;
        var mtu = probe.Link(tunnel.Name)?.Mtu;
        if (mtu is null)
        {
            yield return Finding.Skipped($"the MTU of {tunnel.Name} is not known");
            yield break;
        }
        if (mtu < PathSize.SmallestV6 && tunnel.OwnAddresses.Any(static address => !address.IsV4))
            yield return Finding.Problem($"{tunnel.Name} has an MTU of {mtu}, and IPv6 needs {PathSize.SmallestV6}", $"{probe.Words.SetMtu(tunnel.Name, PathSize.SmallestV6)}, and MTU = {PathSize.SmallestV6} in the file");
        // A peer whose packets do not pass is not asked for the size of those that do.
        foreach (var peer in tunnel.Peers.Where(peer => peer is { Runs: true, Endpoint: not null } && (peer.KnowsEndpoint || peer.IsConnected(probe.Now))).Take(2))
        {
            if (OnTheWay(probe, tunnel, peer, mtu.Value) is { } outer) yield return outer;
            if (Inside(probe, tunnel, peer, mtu.Value) is { } inner) yield return inner;
        }
    }

    private static int? Largest(IHostProbe probe, Patient tunnel, IpAddress target, int most, bool isBeside) => PathSize.Largest(target.IsV4, most, sizes => probe.Echo(tunnel, target, sizes, isBeside));

    private static Finding? OnTheWay(IHostProbe probe, Patient tunnel, PatientPeer peer, int mtu)
    {
        var target = peer.Endpoint!.Value.Address;
        var route = probe.RouteBeside(tunnel, target);
        if (route.Device is null || route.Device == tunnel.Name || probe.Link(route.Device)?.Mtu is not { } link) return null;
        if (Largest(probe, tunnel, target, link, isBeside: true) is not { } largest) return Finding.Skipped($"{target} does not answer echo requests: the way to {peer.Label} cannot be measured");
        var fits = PathSize.Inside(largest, target.IsV4);
        var text = string.Create(CultureInfo.InvariantCulture, $"packets of up to {largest} bytes pass to {peer.Label}, so {fits} fit into the tunnel");
        return mtu > fits
            ? Finding.Problem($"{text}, but its MTU is {mtu}: large packets vanish", $"{probe.Words.SetMtu(tunnel.Name, fits)}, and MTU = {fits} in the file")
            : Finding.Ok($"{text}, whose MTU is {mtu}");
    }

    private static Finding? Inside(IHostProbe probe, Patient tunnel, PatientPeer peer, int mtu)
    {
        foreach (var target in peer.LikelyAddresses(tunnel).Take(2))
        {
            if (Largest(probe, tunnel, target, mtu, isBeside: false) is not { } largest) continue;
            if (largest >= mtu) return Finding.Ok($"{mtu} bytes pass through the tunnel to {target}");
            return Finding.Problem($"through the tunnel to {target} only packets of up to {largest} bytes pass, and its MTU is {mtu}: large ones vanish",
                $"{probe.Words.SetMtu(tunnel.Name, largest)}, and MTU = {largest} in the file, at both ends");
        }
        return peer.IsConnected(probe.Now) ? Finding.Skipped($"no address of {peer.Label} answers echo requests through the tunnel, so it is not measured") : null;
    }
}
