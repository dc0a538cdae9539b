using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>The headers of a super-packet that was read from a TUN, every offset checked against its bounds.</summary>
/// <remarks>
/// The kernel's own super-packets are always right; a program with an AF_PACKET socket can make others.
/// References: linux/virtio_net.h, virtio_net_hdr_to_skb. Threading: a value.
/// </remarks>
internal readonly unsafe struct SuperPacket
{
    private const byte Tcp = 6, Udp = 17;
    private const int TcpHeader = 20, UdpHeader = 8, TcpChecksum = 16, UdpChecksum = 6;

    /// <summary>Whether it is TCP; else UDP.</summary>
    public bool IsTcp { get; private init; }

    /// <summary>Whether it is IPv4; else IPv6.</summary>
    public bool IsV4 { get; private init; }

    /// <summary>Offset of the TCP or UDP header: bytes of the IP header with all that belongs to it.</summary>
    public int Transport { get; private init; }

    /// <summary>Bytes of all headers.</summary>
    public int Headers { get; private init; }

    /// <summary>Bytes of data in all segments together, at least 1.</summary>
    public int Data { get; private init; }

    /// <summary>Bytes of data in each segment but the last, at least 1.</summary>
    public int SegmentSize { get; private init; }

    /// <summary>The sum of the pseudo-header but for the length.</summary>
    public ulong PseudoHeader { get; private init; }

    /// <summary>How many segments it makes.</summary>
    public int SegmentCount => (Data + SegmentSize - 1) / SegmentSize;

    /// <summary>Reads the headers; false where the packet and what stands before it do not agree.</summary>
    public static bool TryRead(byte* packet, int length, in VirtioNetHeader header, out SuperPacket super)
    {
        super = default;
        var type = header.GsoType & ~VirtioNetHeader.GsoEcn;
        if (length < IpHeader.V4MinLengthInBytes || header.GsoSize == 0) return false;
        var isV4 = packet[0] >> 4 == 4;
        if (!isV4 && (packet[0] >> 4 != 6 || length < IpHeader.V6LengthInBytes)) return false;
        var isTcp = type != VirtioNetHeader.GsoUdpL4;
        if (isTcp ? type != (isV4 ? VirtioNetHeader.GsoTcpV4 : VirtioNetHeader.GsoTcpV6) : header.GsoType != VirtioNetHeader.GsoUdpL4) return false;
        if (!TryFindTransport(packet, header, isV4, isTcp, out var transport)) return false;
        if (transport + (isTcp ? TcpHeader : UdpHeader) >= length) return false;
        var headers = transport + (isTcp ? (packet[transport + 12] >> 4) * 4 : UdpHeader);
        if (headers < transport + (isTcp ? TcpHeader : UdpHeader) || headers >= length) return false;
        super = new SuperPacket
        {
            IsTcp = isTcp,
            IsV4 = isV4,
            Transport = transport,
            Headers = headers,
            Data = length - headers,
            SegmentSize = header.GsoSize,
            PseudoHeader = PseudoHeaderWithoutLength(packet, length, header, isV4, isTcp, transport),
        };
        return true;
    }

    private static bool TryFindTransport(byte* packet, in VirtioNetHeader header, bool isV4, bool isTcp, out int transport)
    {
        var ipHeader = isV4 ? (packet[0] & 15) * 4 : IpHeader.V6LengthInBytes;
        var protocol = packet[isV4 ? 9 : 6];
        transport = ipHeader;
        if (ipHeader < IpHeader.V4MinLengthInBytes || (isV4 && protocol != (isTcp ? Tcp : Udp))) return false;
        // Without a checksum to finish nobody says where the transport header is: only where no extension header is in between can it be known.
        if ((header.Flags & VirtioNetHeader.NeedsChecksum) == 0) return protocol == (isTcp ? Tcp : Udp);
        transport = header.ChecksumStart;
        return header.ChecksumOffset == (isTcp ? TcpChecksum : UdpChecksum) && (isV4 ? transport == ipHeader : transport >= ipHeader);
    }

    /// <summary>
    /// Where the kernel left the sum of the pseudo-header in the checksum field, that sum less the length: behind an IPv6 routing header the addresses of
    /// the packet are not those of the pseudo-header.
    /// </summary>
    private static ulong PseudoHeaderWithoutLength(byte* packet, int length, in VirtioNetHeader header, bool isV4, bool isTcp, int transport)
    {
        if ((header.Flags & VirtioNetHeader.NeedsChecksum) != 0)
        {
            var field = new ReadOnlySpan<byte>(packet + transport + (isTcp ? TcpChecksum : UdpChecksum), sizeof(ushort));
            // Taking a number away is adding its complement (RFC 1071 §1).
            return InternetChecksum.Add(InternetChecksum.Add(0, field), (ushort)~(ushort)(length - transport));
        }
        var addresses = isV4 ? new ReadOnlySpan<byte>(packet + 12, 8) : new ReadOnlySpan<byte>(packet + 8, 32);
        return InternetChecksum.Add(InternetChecksum.Add(0, addresses), isTcp ? Tcp : Udp);
    }
}
