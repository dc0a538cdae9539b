namespace PfsVpn.Cli.Doctor.Checks;

/// <summary>Forwarding, where the tunnel is a server's: without it clients reach nothing but this host.</summary>
internal sealed class ForwardingCheck : ITunnelCheck<ILinuxProbe>
{
    /// <inheritdoc/>
    public string Name => "forwarding";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(ILinuxProbe probe, Patient tunnel)
    {
        if (!tunnel.IsServer || !tunnel.Runs) yield break;
        if (tunnel.OwnAddresses.Any(static address => address.IsV4))
            yield return Of(probe, tunnel, "IPv4", "/proc/sys/net/ipv4/ip_forward", "net.ipv4.ip_forward");
        if (tunnel.OwnAddresses.Any(static address => !address.IsV4))
            yield return Of(probe, tunnel, "IPv6", "/proc/sys/net/ipv6/conf/all/forwarding", "net.ipv6.conf.all.forwarding");
    }

    private static Finding Of(ILinuxProbe probe, Patient tunnel, string family, string path, string name)
    {
        if (probe.Text(path) is not { } value) return Finding.Skipped($"{path} cannot be read");
        if (value.Trim() is not "0") return Finding.Ok($"{family} is forwarded");
        var what = $"{family} is not forwarded: clients reach this host, and nothing behind it";
        // A server that only gives access to itself is well so, unless its hooks say that it wants more.
        return tunnel.Forwards
            ? Finding.Problem(what, $"sysctl -w {name}=1, and {name} = 1 in /etc/sysctl.d/pfsvpn.conf to keep it")
            : Finding.Ok($"{what} (sysctl -w {name}=1 would change that)");
    }
}
