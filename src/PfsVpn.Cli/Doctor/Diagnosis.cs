using PfsVpn.Cli.Doctor.Checks;

namespace PfsVpn.Cli.Doctor;

/// <summary>All checks in their order, causes before what they cause: the first problem is where to begin.</summary>
internal static class Diagnosis
{
    /// <summary>The checks of the host.</summary>
    public static readonly IReadOnlyList<IHostCheck> OfHost = [new RightsCheck(), new TunCheck(), new KernelCheck(), new MemlockCheck(), new ClockCheck(), new DaemonCheck()];

    /// <summary>The checks of a tunnel.</summary>
    public static readonly IReadOnlyList<ITunnelCheck> OfTunnel =
    [
        new FileCheck(), new PortCheck(), new InterfaceCheck(), new AllowedIpsCheck(), new RouteCheck(), new ReversePathCheck(), new FirewallCheck(), new EndpointCheck(),
        new HandshakeCheck(), new ForwardingCheck(), new MtuCheck(), new DnsCheck(),
    ];

    /// <summary>Runs the checks of the host.</summary>
    public static IEnumerable<(string Check, Finding Finding)> Host(IHostProbe probe) => OfHost.SelectMany(check => check.Examine(probe).Select(finding => (check.Name, finding)));

    /// <summary>Runs the checks of a tunnel. A file that cannot be used says nothing that could be checked further, nor does an interface that is not here.</summary>
    public static IEnumerable<(string Check, Finding Finding)> Tunnel(IHostProbe probe, Patient tunnel) => OfTunnel
        .Where(check => check is FileCheck || (tunnel.FileError is null || tunnel.Runs) && (!tunnel.IsElsewhere || check is InterfaceCheck))
        .SelectMany(check => check.Examine(probe, tunnel).Select(finding => (check.Name, finding)));
}
