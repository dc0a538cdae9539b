using PfsVpn.Packets;

namespace PfsVpn.Cli.Attend;

/// <summary>The way to one peer.</summary>
/// <param name="Endpoint">Where its packets go now.</param>
/// <param name="IsConnected">Whether there is a session, so that something can come back.</param>
/// <param name="Inside">Addresses inside the tunnel at which it is likely to answer.</param>
internal readonly record struct PeerPath(EndpointAddress Endpoint, bool IsConnected, IReadOnlyList<IpAddress> Inside);
