namespace PfsVpn.Tun;

/// <summary>The offloads of a TUN that are in force now.</summary>
/// <param name="VirtioHeaders">Each packet has a virtio-net header before it, without which there are no offloads.</param>
/// <param name="Tso">TCP super-packets are read.</param>
/// <param name="Uso">UDP super-packets are read.</param>
/// <param name="TcpGro">TCP packets are coalesced before they are written.</param>
/// <param name="UdpGro">UDP packets are coalesced before they are written.</param>
/// <param name="QueueCount">Queues.</param>
internal sealed record TunOffloads(bool VirtioHeaders, bool Tso, bool Uso, bool TcpGro, bool UdpGro, int QueueCount);
