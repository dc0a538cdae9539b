using PfsVpn.Packets;
using PfsVpn.Udp;

namespace PfsVpn.Device;

/// <summary>Where a device's datagrams go: the UDP socket in the product, a simulated link in tests.</summary>
/// <remarks><see cref="LastErrno"/> says more of a failure. Threading: called from pumps and from the control thread at once. Never throws. Fails while the interface is down.</remarks>
internal interface IDatagramSink
{
    /// <summary>Sends one handshake message or cookie reply.</summary>
    UdpSendResult Send(ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos);

    /// <summary>Sends outputs <paramref name="first"/> to first + count - 1 of the batch.</summary>
    UdpSendResult Send(PacketBatch batch, int first, int count, Endpoint endpoint);

    /// <summary>The system's error number of the calling thread's latest send that failed, 0 where it is not known.</summary>
    int LastErrno => 0;
}
