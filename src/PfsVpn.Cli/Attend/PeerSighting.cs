using PfsVpn.Packets;

namespace PfsVpn.Cli.Attend;

/// <summary>What the daemon says of one peer at one moment, as far as its endpoint and its sessions go. No secret.</summary>
/// <param name="Endpoint">Where its packets go now; null for nowhere.</param>
/// <param name="HandshakeAge">Time since the last handshake; null for never.</param>
/// <param name="UnansweredFor">Time since the first initiation that nobody answered; null where no handshake is under way.</param>
/// <param name="SentBytes">Bytes sent to it so far.</param>
/// <param name="HasSession">Whether there is a key for data.</param>
internal readonly record struct PeerSighting(EndpointAddress? Endpoint, TimeSpan? HandshakeAge, TimeSpan? UnansweredFor, ulong SentBytes, bool HasSession);
