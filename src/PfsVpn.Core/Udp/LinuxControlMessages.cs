using System.Buffers.Binary;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>What goes along with a datagram: its TOS octet, the local address and interface, and the length of its segments.</summary>
/// <remarks>
/// Sizes: a header of 16 bytes and the data, rounded up to 8; at most <see cref="Room"/> bytes in all. References: cmsg(3), ip(7), ipv6(7), udp(7).
/// </remarks>
internal static unsafe class LinuxControlMessages
{
    /// <summary>Bytes to keep for the control messages of one datagram, either way.</summary>
    public const int Room = 128;

    private const int HeaderLength = 16;

    /// <summary>Writes the TOS octet; returns the bytes written, 0 for the default of 0.</summary>
    public static int WriteTos(byte* control, bool isV4, byte tos)
    {
        if (tos == 0) return 0;
        *(int*)Header(control, isV4 ? Libc.SOL_IP : Libc.SOL_IPV6, isV4 ? Libc.IP_TOS : Libc.IPV6_TCLASS, sizeof(int)) = tos;
        return Align(HeaderLength + sizeof(int));
    }

    /// <summary>Writes the source address to send from; returns the bytes written.</summary>
    /// <remarks>
    /// The interface is named for a link-local source only, which means nothing without it. For any other it would override the routing
    /// table, and a datagram would go on leaving by an interface that the route has left.
    /// </remarks>
    public static int WriteSource(byte* control, in LocalSource source)
    {
        if (source.Address.IsV4)
        {
            var v4 = (Libc.in_pktinfo*)Header(control, Libc.SOL_IP, Libc.IP_PKTINFO, sizeof(Libc.in_pktinfo));
            *v4 = new Libc.in_pktinfo { ipi_spec_dst = BinaryPrimitives.ReverseEndianness(source.Address.V4) };
            return Align(HeaderLength + sizeof(Libc.in_pktinfo));
        }
        var v6 = (Libc.in6_pktinfo*)Header(control, Libc.SOL_IPV6, Libc.IPV6_PKTINFO, sizeof(Libc.in6_pktinfo));
        LinuxSocketAddress.WriteV6(v6->ipi6_addr, source.Address);
        v6->ipi6_ifindex = source.Address.IsV6LinkLocal ? (int)source.InterfaceIndex : 0;
        return Align(HeaderLength + sizeof(Libc.in6_pktinfo));
    }

    /// <summary>Writes the length by which the kernel cuts what is sent into datagrams; returns the bytes written.</summary>
    public static int WriteSegmentLength(byte* control, int length)
    {
        *(ushort*)Header(control, Libc.SOL_UDP, Libc.UDP_SEGMENT, sizeof(ushort)) = (ushort)length;
        return Align(HeaderLength + sizeof(ushort));
    }

    /// <summary>Reads what came with a datagram; a segment length of 0 where it is one alone.</summary>
    public static void Read(byte* control, nuint length, out LocalSource local, out byte tos, out int segmentLength)
    {
        local = default;
        tos = 0;
        segmentLength = 0;
        var end = control + length;
        while (end - control >= HeaderLength)
        {
            var header = (Libc.cmsghdr*)control;
            if (header->cmsg_len < HeaderLength || header->cmsg_len > (nuint)(end - control)) return;
            var data = control + HeaderLength;
            switch (header->cmsg_level, header->cmsg_type)
            {
                case (Libc.SOL_IP, Libc.IP_PKTINFO):
                    // spec_dst, not the header's destination: it is one of our own addresses also where that is a broadcast.
                    var v4 = (Libc.in_pktinfo*)data;
                    local = new LocalSource(LinuxSocketAddress.ReadV4(v4->ipi_spec_dst), (uint)v4->ipi_ifindex);
                    break;
                case (Libc.SOL_IPV6, Libc.IPV6_PKTINFO):
                    var v6 = (Libc.in6_pktinfo*)data;
                    local = new LocalSource(LinuxSocketAddress.ReadV6(v6->ipi6_addr), (uint)v6->ipi6_ifindex);
                    break;
                case (Libc.SOL_IP, Libc.IP_TOS):
                    tos = *data;
                    break;
                case (Libc.SOL_IPV6, Libc.IPV6_TCLASS):
                    tos = (byte)*(int*)data;
                    break;
                case (Libc.SOL_UDP, Libc.UDP_GRO):
                    segmentLength = *(int*)data;
                    break;
            }
            var step = Align((int)header->cmsg_len);
            if (step > end - control) return;
            control += step;
        }
    }

    private static byte* Header(byte* control, int level, int type, int dataLength)
    {
        *(Libc.cmsghdr*)control = new Libc.cmsghdr { cmsg_len = (nuint)(HeaderLength + dataLength), cmsg_level = level, cmsg_type = type };
        return control + HeaderLength;
    }

    private static int Align(int length) => (length + 7) & ~7;
}
