using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>What goes along with a datagram on Windows: the local address and interface, congestion notification, and the length of its segments.</summary>
/// <remarks>
/// Sizes: a header of 16 bytes and the data, rounded up to 8 (WSA_CMSG_SPACE); at most <see cref="Room"/> bytes in all.
/// References: Microsoft's pages WSACMSGHDR, IP_PKTINFO, IPPROTO_UDP socket options, "Winsock Explicit Congestion Notification (ECN)".
/// </remarks>
internal static unsafe class WindowsControlMessages
{
    /// <summary>Bytes to keep for the control messages of one datagram, either way: all that the system may add to those asked for, too.</summary>
    public const int Room = 256;

    private const int HeaderLength = 16;
    private const int EcnMask = 3;

    /// <summary>Writes the source address and the interface to send by; returns the bytes written, 0 where neither is named.</summary>
    /// <param name="control">Where to.</param>
    /// <param name="isV4">The family of the remote.</param>
    /// <param name="source">The address to send from, family 0 for the system's choice.</param>
    /// <param name="interfaceIndex">The interface to send by, 0 for the system's choice.</param>
    public static int WriteSource(byte* control, bool isV4, in IpAddress source, uint interfaceIndex)
    {
        if (source.Family == 0 && interfaceIndex == 0) return 0;
        if (isV4)
        {
            *(Ws2_32.IN_PKTINFO*)Header(control, Ws2_32.IPPROTO_IP, Ws2_32.IP_PKTINFO, sizeof(Ws2_32.IN_PKTINFO)) = new Ws2_32.IN_PKTINFO
            {
                ipi_addr = WindowsSocketAddress.WriteV4(source),
                ipi_ifindex = interfaceIndex,
            };
            return Align(HeaderLength + sizeof(Ws2_32.IN_PKTINFO));
        }
        var v6 = (Ws2_32.IN6_PKTINFO*)Header(control, Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_PKTINFO, sizeof(Ws2_32.IN6_PKTINFO));
        *v6 = new Ws2_32.IN6_PKTINFO { ipi6_ifindex = interfaceIndex };
        if (source.Family != 0) WindowsSocketAddress.WriteV6(v6->ipi6_addr, source);
        return Align(HeaderLength + sizeof(Ws2_32.IN6_PKTINFO));
    }

    /// <summary>Writes the two bits of congestion notification of a TOS octet; returns the bytes written, 0 for none. Windows lets no program choose the other six.</summary>
    public static int WriteEcn(byte* control, bool isV4, byte tos)
    {
        if ((tos & EcnMask) == 0) return 0;
        var (level, type) = isV4 ? (Ws2_32.IPPROTO_IP, Ws2_32.IP_ECN) : (Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_ECN);
        *(int*)Header(control, level, type, sizeof(int)) = tos & EcnMask;
        return Align(HeaderLength + sizeof(int));
    }

    /// <summary>Writes the length by which the system cuts what is sent into datagrams; returns the bytes written.</summary>
    public static int WriteSegmentLength(byte* control, int length)
    {
        *(int*)Header(control, Ws2_32.IPPROTO_UDP, Ws2_32.UDP_SEND_MSG_SIZE, sizeof(int)) = length;
        return Align(HeaderLength + sizeof(int));
    }

    /// <summary>Reads what came with a datagram; a segment length of 0 where nothing is said of segments.</summary>
    public static void Read(byte* control, uint length, out LocalSource local, out byte tos, out int segmentLength)
    {
        local = default;
        tos = 0;
        segmentLength = 0;
        var end = control + length;
        while (end - control >= HeaderLength)
        {
            var header = (Ws2_32.WSACMSGHDR*)control;
            if (header->cmsg_len < HeaderLength || header->cmsg_len > (nuint)(end - control)) return;
            ReadOne(header, control + HeaderLength, (int)header->cmsg_len - HeaderLength, ref local, ref tos, ref segmentLength);
            var step = Align((int)header->cmsg_len);
            if (step > end - control) return;
            control += step;
        }
    }

    private static void ReadOne(Ws2_32.WSACMSGHDR* header, byte* data, int length, ref LocalSource local, ref byte tos, ref int segmentLength)
    {
        switch (header->cmsg_level, header->cmsg_type)
        {
            case (Ws2_32.IPPROTO_IP, Ws2_32.IP_PKTINFO) when length >= sizeof(Ws2_32.IN_PKTINFO):
                var v4 = (Ws2_32.IN_PKTINFO*)data;
                local = new LocalSource(WindowsSocketAddress.ReadV4(v4->ipi_addr), v4->ipi_ifindex);
                break;
            case (Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_PKTINFO) when length >= sizeof(Ws2_32.IN6_PKTINFO):
                var v6 = (Ws2_32.IN6_PKTINFO*)data;
                local = new LocalSource(WindowsSocketAddress.ReadV6(v6->ipi6_addr), v6->ipi6_ifindex);
                break;
            case (Ws2_32.IPPROTO_IP, Ws2_32.IP_TOS or Ws2_32.IP_ECN) when length >= 1:
            case (Ws2_32.IPPROTO_IPV6, Ws2_32.IPV6_TCLASS or Ws2_32.IPV6_ECN) when length >= 1:
                // Either may come, or both: what they say of the same bits is the same.
                tos |= *data;
                break;
            case (Ws2_32.IPPROTO_UDP, Ws2_32.UDP_COALESCED_INFO) when length >= sizeof(int):
                segmentLength = Math.Max(*(int*)data, 0);
                break;
        }
    }

    private static byte* Header(byte* control, int level, int type, int dataLength)
    {
        *(Ws2_32.WSACMSGHDR*)control = new Ws2_32.WSACMSGHDR { cmsg_len = (nuint)(HeaderLength + dataLength), cmsg_level = level, cmsg_type = type };
        return control + HeaderLength;
    }

    private static int Align(int length) => (length + 7) & ~7;
}
