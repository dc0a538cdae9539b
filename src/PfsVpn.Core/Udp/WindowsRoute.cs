using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>A route of Windows, as far as it decides by which interface datagrams leave.</summary>
/// <param name="Destination">What it leads to.</param>
/// <param name="InterfaceLuid">The interface, all 64 bits of its LUID.</param>
/// <param name="InterfaceIndex">The interface's index.</param>
/// <param name="Metric">The route's metric and the interface's together: the lowest of equally long prefixes is taken.</param>
/// <param name="IsUp">Whether the interface is connected.</param>
internal readonly record struct WindowsRoute(IpPrefix Destination, ulong InterfaceLuid, uint InterfaceIndex, ulong Metric, bool IsUp);
