using System.Globalization;
using System.Text.Json;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The MTU, measured: echo requests of many sizes that must not be fragmented, to the endpoint and through the tunnel.</summary>
/// <remarks>Sizes: a sealed packet is 60 bytes larger than what is in it over IPv4, 80 over IPv6 (headers of IP and UDP, and 32 of the protocol).</remarks>
internal sealed class MtuCheck : ITunnelCheck
{
    private const int OverIpv4 = 60, OverIpv6 = 80, SmallestV4 = 576, SmallestV6 = 1280, Fine = 4, Rounds = 3;

    /// <summary>What links and tunnels usually have: Ethernet, PPPoE, other tunnels, mobile networks.</summary>
    private static readonly int[] Usual = [9000, 1500, 1492, 1480, 1472, 1464, 1460, 1454, 1448, 1440, 1430, 1420, 1410, 1400, 1380, 1360, 1340, 1320, 1300, 1280, 1200, 1100, 1000, 800, 576];

    /// <inheritdoc/>
    public string Name => "mtu";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IHostProbe probe, Patient tunnel)
    {
        if (!tunnel.Runs) yield break;
        var mtu = LinkMtu(probe, tunnel.Name);
        if (mtu is null)
        {
            yield return Finding.Skipped($"the MTU of {tunnel.Name} is not known");
            yield break;
        }
        if (mtu < SmallestV6 && tunnel.OwnAddresses.Any(static address => !address.IsV4))
            yield return Finding.Problem($"{tunnel.Name} has an MTU of {mtu}, and IPv6 needs {SmallestV6}", $"ip link set {tunnel.Name} mtu {SmallestV6}, and MTU = {SmallestV6} in the file");
        // A peer whose packets do not pass is not asked for the size of those that do.
        foreach (var peer in tunnel.Peers.Where(peer => peer is { Runs: true, Endpoint: not null } && (peer.KnowsEndpoint || peer.IsConnected(probe.Now))).Take(2))
        {
            if (OnTheWay(probe, tunnel, peer, mtu.Value) is { } outer) yield return outer;
            if (Inside(probe, tunnel, peer, mtu.Value) is { } inner) yield return inner;
        }
    }

    /// <summary>The largest packet to an address that is answered, or null where none is. Falling sizes all at once, then finer ones between the last two.</summary>
    private static int? Largest(IHostProbe probe, IpAddress target, int most, uint mark)
    {
        var smallest = target.IsV4 ? SmallestV4 : SmallestV6;
        int[] sizes = [.. Usual.Append(most).Where(size => size <= most && size >= smallest).Append(smallest).Distinct().OrderDescending()];
        if (LargestOf(probe, target, sizes, mark) is not { } largest) return null;
        var above = sizes.Where(size => size > largest).DefaultIfEmpty(0).Min();
        if (above - largest <= Fine) return largest;
        int[] finer = [.. Enumerable.Range(1, (above - largest - 1) / Fine).Select(step => largest + (step * Fine)).OrderDescending()];
        return Math.Max(largest, LargestOf(probe, target, finer, mark) ?? 0);
    }

    /// <summary>The largest of some sizes that is answered. What was not is asked once more: a packet may be lost for other reasons than its size.</summary>
    private static int? LargestOf(IHostProbe probe, IpAddress target, int[] sizes, uint mark)
    {
        int? largest = null;
        for (var round = 0; round < Rounds; round++)
        {
            int[] open = [.. sizes.Where(size => largest is null || size > largest)];
            if (open.Length == 0) break;
            if (probe.Echo(target, open, mark) is { Count: > 0 } answered) largest = answered.Max();
            else if (largest is null) break;
        }
        return largest;
    }

    private static Finding? OnTheWay(IHostProbe probe, Patient tunnel, PatientPeer peer, int mtu)
    {
        var target = peer.Endpoint!.Value.Address;
        var route = RouteAnswer.Ask(probe, target, tunnel.FirewallMark);
        if (route.Device is null || route.Device == tunnel.Name || LinkMtu(probe, route.Device) is not { } link) return null;
        if (Largest(probe, target, link, tunnel.FirewallMark) is not { } largest) return Finding.Skipped($"{target} does not answer echo requests: the way to {peer.Label} cannot be measured");
        var fits = largest - (target.IsV4 ? OverIpv4 : OverIpv6);
        var text = string.Create(CultureInfo.InvariantCulture, $"packets of up to {largest} bytes pass to {peer.Label}, so {fits} fit into the tunnel");
        return mtu > fits
            ? Finding.Problem($"{text}, but its MTU is {mtu}: large packets vanish", $"ip link set {tunnel.Name} mtu {fits}, and MTU = {fits} in the file")
            : Finding.Ok($"{text}, whose MTU is {mtu}");
    }

    private static Finding? Inside(IHostProbe probe, Patient tunnel, PatientPeer peer, int mtu)
    {
        foreach (var target in peer.LikelyAddresses(tunnel).Take(2))
        {
            if (Largest(probe, target, mtu, mark: 0) is not { } largest) continue;
            if (largest >= mtu) return Finding.Ok($"{mtu} bytes pass through the tunnel to {target}");
            return Finding.Problem($"through the tunnel to {target} only packets of up to {largest} bytes pass, and its MTU is {mtu}: large ones vanish",
                $"ip link set {tunnel.Name} mtu {largest}, and MTU = {largest} in the file, at both ends");
        }
        return peer.IsConnected(probe.Now) ? Finding.Skipped($"no address of {peer.Label} answers echo requests through the tunnel, so it is not measured") : null;
    }

    private static int? LinkMtu(IHostProbe probe, string device)
    {
        var result = probe.Run("ip", "-j", "link", "show", "dev", device);
        if (!result.Succeeded) return null;
        try
        {
            using var json = JsonDocument.Parse(result.Output);
            return json.RootElement[0].GetProperty("mtu").GetInt32();
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
