using System.Net;
using PfsVpn.Crypto;

namespace PfsVpn.Hosting;

/// <summary>A tunnel at one moment; nothing of it is secret.</summary>
/// <remarks>Threading: immutable.</remarks>
public sealed class TunnelStatus
{
    internal TunnelStatus()
    {
    }

    /// <summary>The UDP port, the same for IPv4 and IPv6; 0 while the interface is down.</summary>
    public required int ListenPort { get; init; }

    /// <summary>The peers, in the order in which they were added.</summary>
    public required IReadOnlyList<TunnelPeerStatus> Peers { get; init; }
}

/// <summary>A peer of a <see cref="TunnelStatus"/>.</summary>
/// <remarks>Threading: immutable.</remarks>
public sealed class TunnelPeerStatus
{
    internal TunnelPeerStatus()
    {
    }

    /// <summary>The peer's static public key.</summary>
    public required PublicKey PublicKey { get; init; }

    /// <summary>What people call the peer, or null.</summary>
    public required string? Name { get; init; }

    /// <summary>Where the peer was heard last, or is thought to be; null where nothing is known.</summary>
    public required IPEndPoint? Endpoint { get; init; }

    /// <summary>When the last handshake was completed; null for never.</summary>
    public required DateTimeOffset? LastHandshake { get; init; }

    /// <summary>Bytes received and authenticated, with the overhead of messages.</summary>
    public required ulong ReceivedBytes { get; init; }

    /// <summary>Bytes sent, with the overhead of messages.</summary>
    public required ulong SentBytes { get; init; }

    /// <summary>The peer's addresses inside the tunnel.</summary>
    public required IReadOnlyList<IPNetwork> AllowedIps { get; init; }
}
