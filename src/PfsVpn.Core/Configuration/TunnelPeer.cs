using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>A [Peer] of a tunnel's file, with what the daemon does not know of it.</summary>
internal sealed class TunnelPeer
{
    internal TunnelPeer(int line) => Line = line;

    /// <summary>Line of the section's head, from 1.</summary>
    public int Line { get; }

    /// <summary>What the file says of the peer to the daemon, owned by the file's <see cref="WgConfig"/>.</summary>
    public PeerChange Change { get; internal set; } = null!;

    /// <summary>The peer's name, or null.</summary>
    public string? Name { get; internal set; }

    /// <summary>The endpoint where it is given by name, else null: then it is in <see cref="Change"/>, if there is one.</summary>
    public WgConfigEndpoint? NamedEndpoint { get; internal set; }

    /// <summary>Destinations that do not go through the tunnel although an allowed IP covers them.</summary>
    public List<IpPrefix> ExcludedIps { get; } = [];

    /// <summary>Commands for /bin/sh when the peer is reached, %i not replaced.</summary>
    public List<string> OnConnect { get; } = [];

    /// <summary>Commands for /bin/sh when the peer is not reached any more, %i not replaced.</summary>
    public List<string> OnDisconnect { get; } = [];
}
