using PfsVpn.Packets;

namespace PfsVpn.Cli.Doctor;

/// <summary>A network device.</summary>
/// <param name="IsUp">Whether it is turned on.</param>
/// <param name="Addresses">Its addresses, without those of the link.</param>
/// <param name="Mtu">Bytes of the largest packet, or null where that is not known.</param>
internal sealed record LinkState(bool IsUp, IReadOnlyList<IpAddress> Addresses, int? Mtu);
