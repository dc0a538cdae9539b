using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>What became of a send.</summary>
internal enum UdpSendResult
{
    /// <summary>The system took everything.</summary>
    Sent,

    /// <summary>The system took everything, but only after the sticky local source was let go: forget it for this endpoint.</summary>
    SentWithoutSource,

    /// <summary>No route to the destination.</summary>
    NoRoute,

    /// <summary>Another error; some datagrams were not sent.</summary>
    Failed,
}

/// <summary>A device's UDP transport: an IPv4 and an IPv6 socket on one port, where the host has both families.</summary>
/// <remarks>
/// Threading: Send may be called from several threads; Dispose from any, while others are inside: those finish or fail, and never touch a descriptor that
/// is somebody else's by then.
/// Errors: opening throws; nothing else does. Sending to a family that the host does not have is <see cref="UdpSendResult.NoRoute"/>.
/// </remarks>
internal interface IUdpSocket : IDisposable
{
    /// <summary>The port that both sockets are bound to.</summary>
    ushort Port { get; }

    /// <summary>Sets SO_MARK for every datagram sent; 0 for none. Returns 0 or an errno.</summary>
    int SetMark(uint mark);

    /// <summary>The receivers, <see cref="IUdpSocketFactory.ReceiverCount"/> of them. The datagrams of one peer arrive at one of them, while its address stays.</summary>
    IReadOnlyList<IUdpReceiver> Receivers { get; }

    /// <summary>What the kernel does for this socket at present; a device that refuses takes from it. Any thread.</summary>
    UdpOffloads Offloads { get; }

    /// <summary>Sends outputs <paramref name="first"/> to first + count - 1 of the batch to one endpoint, each as a datagram with its own TOS.</summary>
    UdpSendResult Send(PacketBatch batch, int first, int count, Endpoint endpoint);

    /// <summary>The error number of the calling thread's latest send that failed, whichever socket that was on; 0 for none.</summary>
    int LastErrno { get; }

    /// <summary>Sends one datagram.</summary>
    UdpSendResult Send(ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos);

    /// <summary>
    /// Whether the endpoint's sticky source still holds: the address is the host's, and the route to the remote leaves by the remembered interface.
    /// Asks the routing table (RTM_GETROUTE with the mark), so not for every packet. True for an endpoint without source.
    /// </summary>
    bool IsSourceValid(Endpoint endpoint);

    /// <summary>
    /// Routes, addresses or interfaces of the host changed: finds anew by which interface datagrams leave, where the socket and not the system decides that. Before <see cref="IsSourceValid"/>.
    /// </summary>
    void FollowRoutes();

    /// <summary>Whether the interface that the sockets are bound to, if any, is still the one of that name: not where it was deleted, or made anew since.</summary>
    bool HoldsDevice();
}

/// <summary>Opens sockets in the network namespace in which the daemon was started.</summary>
internal interface IUdpSocketFactory
{
    /// <summary>How many receivers each socket has: one pump serves each.</summary>
    int ReceiverCount { get; }

    /// <summary>The batch that a receiver's pump needs.</summary>
    UdpBatchSize BatchSize { get; }

    /// <summary>Binds a port exclusively, but for <paramref name="beside"/>: a socket of this factory's that may have the same port, and is to be closed next.</summary>
    /// <exception cref="UdpBindException">The port is taken, the interface or the address is not there, or no family can be had.</exception>
    IUdpSocket Open(UdpBinding binding, IUdpSocket? beside = null);
}
