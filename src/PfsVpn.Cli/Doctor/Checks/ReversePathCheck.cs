using System.Globalization;
using PfsVpn.Cli.Input;

namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>The strict reverse-path filter, which drops what comes another way than answers would go.</summary>
/// <remarks>References: Linux Documentation/networking/ip-sysctl.rst, rp_filter and src_valid_mark.</remarks>
internal sealed class ReversePathCheck : ITunnelCheck<ILinuxProbe>
{
    private const string Settings = "/proc/sys/net/ipv4/conf";

    /// <inheritdoc/>
    public string Name => "rp_filter";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(ILinuxProbe probe, Patient tunnel)
    {
        if (!tunnel.Runs) yield break;
        var clean = true;
        foreach (var peer in tunnel.Peers.Where(static peer => peer.Endpoint is { Address.IsV4: true } && peer.AllowedIps.Any(static prefix => prefix.Address.IsV4 && prefix.IsDefault())))
        {
            var device = probe.RouteBeside(tunnel, peer.Endpoint!.Value.Address).Device;
            if (device is null || device == tunnel.Name || !IsStrict(probe, device) || Number(probe, "all", "src_valid_mark") == 1) continue;
            // Without a mark answers to the endpoint would go into the tunnel, so its packets seem to come from the wrong side.
            if (probe.Route(tunnel, peer.Endpoint.Value.Address).Device != tunnel.Name) continue;
            clean = false;
            yield return Finding.Problem($"{device} drops what comes from {peer.Label}: its reverse-path filter is strict, and all other traffic goes into the tunnel", "sysctl -w net.ipv4.conf.all.src_valid_mark=1");
        }
        if (IsStrict(probe, tunnel.Name))
        {
            foreach (var (peer, prefix) in tunnel.Peers.SelectMany(static peer => peer.AllowedIps.Where(static prefix => prefix.Address.IsV4 && prefix.Length == 32).Select(prefix => (peer, prefix))).Take(16))
            {
                if (probe.Route(tunnel, prefix.Address).Device == tunnel.Name) continue;
                clean = false;
                yield return Finding.Warning($"{tunnel.Name} drops what comes from {prefix.Address} ({peer.Label}): its reverse-path filter is strict, and answers would not go into the tunnel",
                    $"make the route: ip route add {prefix} dev {tunnel.Name}; or: sysctl -w net.ipv4.conf.{tunnel.Name}.rp_filter=2 net.ipv4.conf.all.rp_filter=2");
            }
        }
        if (clean) yield return Finding.Ok("no reverse-path filter is in the way");
    }

    /// <summary>The larger of the two settings is in force; 1 is strict.</summary>
    private static bool IsStrict(ILinuxProbe probe, string device) => Math.Max(Number(probe, "all", "rp_filter"), Number(probe, device, "rp_filter")) == 1;

    private static int Number(ILinuxProbe probe, string device, string name) => int.TryParse(probe.Text($"{Settings}/{device}/{name}"), CultureInfo.InvariantCulture, out var number) ? number : 0;
}
