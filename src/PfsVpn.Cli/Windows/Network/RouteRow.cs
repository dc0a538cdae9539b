using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>A route of this machine.</summary>
/// <param name="Interface">The LUID of the interface that it leads to.</param>
/// <param name="Destination">Where to.</param>
/// <param name="NextHop">The next router; the unspecified address where the destination is on the link.</param>
/// <param name="Metric">Added to the interface's metric; the smallest sum wins among routes to the same destination.</param>
internal readonly record struct RouteRow(ulong Interface, IpPrefix Destination, IpAddress NextHop, uint Metric);
