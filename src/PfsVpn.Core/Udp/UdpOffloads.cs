namespace PfsVpn.Udp;

/// <summary>What the kernel does for a socket many datagrams at a time.</summary>
/// <param name="Gso">Runs of equal length are sent as one and cut by the kernel or the device (UDP_SEGMENT).</param>
/// <param name="Gro">Runs of equal length arrive as one (UDP_GRO).</param>
internal readonly record struct UdpOffloads(bool Gso, bool Gro);
