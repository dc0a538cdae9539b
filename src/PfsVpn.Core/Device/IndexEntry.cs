using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>What a receiver index stands for: a handshake of a peer (no keypair yet) or a keypair.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Keypair">The keypair, or null for an outstanding handshake.</param>
internal sealed record IndexEntry(Peer Peer, Keypair? Keypair);
