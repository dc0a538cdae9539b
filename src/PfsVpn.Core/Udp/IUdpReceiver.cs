using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Udp;

/// <summary>One place at which datagrams of a <see cref="IUdpSocket"/> arrive.</summary>
/// <remarks>
/// Contract: a pump receives until nothing is there, wipes its batch, receives once more with a short wait, then blocks in <see cref="Wait"/>.
/// A receiver of a family that the host does not have never has anything, and waits until it is interrupted or closed.
/// Threading: Receive and Wait belong to one thread, <see cref="Interrupt"/> to any.
/// </remarks>
internal interface IUdpReceiver
{
    /// <summary>
    /// Appends datagrams (extents with stride and TOS, sources alongside) to an empty batch; returns how many, 0 for none. With <paramref name="mayWait"/> it
    /// blocks for some milliseconds until there is one, and hears an <see cref="Interrupt"/> only afterwards.
    /// </summary>
    int Receive(PacketBatch batch, bool mayWait);

    /// <summary>Blocks until a datagram is there, or <see cref="Interrupt"/>, or the socket is closed.</summary>
    WaitResult Wait();

    /// <summary>Makes the current or the next <see cref="Wait"/> return.</summary>
    void Interrupt();
}
