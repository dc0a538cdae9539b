namespace PfsVpn.Udp;

/// <summary>What <see cref="WindowsUdpSocketFactory"/> makes.</summary>
internal sealed record WindowsUdpSocketOptions
{
    /// <summary>The LUID of the tunnel's own interface, through which its datagrams must not go; 0 where they go as the routes say.</summary>
    public ulong TunnelLuid { get; init; }

    /// <summary>Whether runs of datagrams are sent as one where the system can (UDP_SEND_MSG_SIZE).</summary>
    public bool Gso { get; init; } = true;

    /// <summary>Whether runs of datagrams are received as one where the system can (UDP_RECV_MAX_COALESCED_SIZE).</summary>
    public bool Gro { get; init; } = true;
}
