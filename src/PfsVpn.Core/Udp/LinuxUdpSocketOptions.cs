namespace PfsVpn.Udp;

/// <summary>What <see cref="LinuxUdpSocketFactory"/> makes.</summary>
internal sealed record LinuxUdpSocketOptions
{
    /// <summary>Sockets of each family that share the port, with a receiver each: 1 or more.</summary>
    public int ReceiversPerFamily { get; init; } = 1;

    /// <summary>Whether runs of datagrams are sent as one where the kernel can (UDP_SEGMENT).</summary>
    public bool Gso { get; init; } = true;

    /// <summary>Whether runs of datagrams are received as one where the kernel can (UDP_GRO).</summary>
    public bool Gro { get; init; } = true;
}
