using PfsVpn.Cli.Doctor.Checks;

namespace PfsVpn.Cli.Doctor;

/// <summary>The checks of Linux.</summary>
internal static class LinuxDiagnosis
{
    /// <summary>What is looked at, for the help.</summary>
    public const string Looks =
        """
        Looks at the host, then at the tunnel: /dev/net/tun, rights, kernel, locked memory, clock, daemon; the file, the port, the interface,
        AllowedIPs, routes, the reverse-path filter, the firewall, endpoints, handshakes, forwarding, the MTU (measured with echo requests) and
        name servers.
        """;

    /// <summary>All of them.</summary>
    public static IDiagnosis Of(ILinuxProbe probe) => new Diagnosis<ILinuxProbe>(
        probe,
        [new RightsCheck(), new TunCheck(), new KernelCheck(), new MemlockCheck(), new ClockCheck(), new DaemonCheck()],
        [
            new FileCheck(), new PortCheck(), new InterfaceCheck(), new AllowedIpsCheck(), new RouteCheck(), new ReversePathCheck(), new FirewallCheck(), new EndpointCheck(),
            new HandshakeCheck(), new ForwardingCheck(), new MtuCheck(), new DnsCheck(),
        ]);
}
