using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Hosting;

/// <summary>What of a <see cref="Tunnel"/> is the operating system's: an interface of its own, and the sockets outside.</summary>
/// <remarks>Threading: any.</remarks>
internal static class HostSystem
{
    /// <summary>Makes the interface that the options name.</summary>
    /// <exception cref="TunException">It cannot be had; the message says what to do.</exception>
    public static ITunDevice CreateInterface(TunnelOptions options)
    {
        if (OperatingSystem.IsWindows()) return WintunDevice.Create(options.InterfaceName!, options.InterfaceMtu, options.Logger);
        return LinuxTunDevice.Create(options.InterfaceName!, options.InterfaceMtu, queueCount: options.Threads);
    }

    /// <summary>Watches an interface of the system; null for a channel, which has no link.</summary>
    public static ILinkMonitor? Watch(ITunDevice tun) => tun switch
    {
        LinuxTunDevice linux => new LinuxLinkMonitor(linux),
        WintunDevice wintun => new WindowsLinkMonitor(wintun),
        _ => null,
    };

    /// <summary>The sockets outside, which keep out of the interface.</summary>
    public static IUdpSocketFactory CreateSockets(TunnelOptions options, ITunDevice tun)
    {
        if (OperatingSystem.IsWindows()) return new WindowsUdpSocketFactory(new WindowsUdpSocketOptions { TunnelLuid = (tun as WintunDevice)?.Settings.Luid.Value ?? 0 });
        return new LinuxUdpSocketFactory(new LinuxUdpSocketOptions { ReceiversPerFamily = options.Threads });
    }
}
