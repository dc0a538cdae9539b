namespace PfsVpn.Udp;

/// <summary>How large a batch is that the receivers of a factory's sockets fill with one call.</summary>
/// <param name="CapacityInBytes">Bytes of memory.</param>
/// <param name="MaxDatagrams">Datagrams, each of which may be a run that the system made of many.</param>
/// <param name="MaxPackets">Datagrams, those within runs counted one by one.</param>
internal readonly record struct UdpBatchSize(int CapacityInBytes, int MaxDatagrams, int MaxPackets);
