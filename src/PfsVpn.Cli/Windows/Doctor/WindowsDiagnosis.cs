using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Doctor.Checks;
using PfsVpn.Cli.Windows.Doctor.Checks;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Cli.Windows.Service;
using PfsVpn.Tun;

namespace PfsVpn.Cli.Windows.Doctor;

/// <summary>The checks of Windows.</summary>
internal static class WindowsDiagnosis
{
    /// <summary>What is looked at, for the help.</summary>
    public const string Looks =
        """
        Looks at the machine, then at the tunnel: rights, libraries, locked memory, clock, daemon; the file, the service, the port, the adapter,
        AllowedIPs, routes, the filters of the kill switch and for name servers, endpoints, handshakes, the MTU (measured with echo requests)
        and name servers.
        """;

    /// <summary>All of them, over this machine.</summary>
    public static IDiagnosis Of(CliContext context) => Of(new WindowsProbe(context, new NetworkSystem(WintunAdapterId.For), FilterEngine.Instance, new WindowsServiceManager()));

    /// <summary>All of them.</summary>
    public static IDiagnosis Of(IWindowsProbe probe) => new Diagnosis<IWindowsProbe>(
        probe,
        [new AdministratorCheck(), new LibrariesCheck(), new LockedMemoryCheck(), new ClockCheck(), new DaemonCheck()],
        [
            new FileCheck(), new ServiceCheck(), new PortCheck(), new InterfaceCheck(), new AllowedIpsCheck(), new RouteCheck(), new FilterCheck(), new EndpointCheck(), new HandshakeCheck(),
            new MtuCheck(), new DnsCheck(),
        ]);
}
