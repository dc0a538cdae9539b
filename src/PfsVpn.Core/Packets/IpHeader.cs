using System.Buffers.Binary;

namespace PfsVpn.Packets;

/// <summary>Reads IPv4 and IPv6 headers in place: the only parser of untrusted inner packets on the data path.</summary>
/// <remarks>
/// References: RFC 791 §3.1, RFC 8200 §3 and §4.5. Jumbograms (RFC 2675) are read as the 40 bytes that their header claims: no tunnel carries them.
/// Threading: pure functions. Nothing here throws, whatever the bytes are.
/// </remarks>
internal static class IpHeader
{
    /// <summary>Size of an IPv4 header without options.</summary>
    public const int V4MinLengthInBytes = 20;

    /// <summary>Size of the fixed IPv6 header.</summary>
    public const int V6LengthInBytes = 40;

    /// <summary>Protocol number of ICMP.</summary>
    public const byte ProtocolIcmp = 1;

    /// <summary>Protocol number of ICMPv6.</summary>
    public const byte ProtocolIcmpV6 = 58;

    /// <summary>Next-header number of the IPv6 fragment header.</summary>
    public const byte NextHeaderFragment = 44;

    /// <summary>
    /// Reads the header at the start of <paramref name="packet"/>. False where it is neither IPv4 nor IPv6, is cut off within the header, or
    /// gives a length smaller than its own header. That the packet is as long as <see cref="IpHeaderView.TotalLength"/> is for the caller to check:
    /// a padded packet is longer.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> packet, out IpHeaderView view)
    {
        view = default;
        if (packet.Length < V4MinLengthInBytes) return false;
        return (packet[0] >> 4) switch
        {
            4 => TryReadV4(packet, out view),
            6 => TryReadV6(packet, out view),
            _ => false,
        };
    }

    private static bool TryReadV4(ReadOnlySpan<byte> packet, out IpHeaderView view)
    {
        view = default;
        var headerLength = (packet[0] & 15) * 4;
        var totalLength = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (headerLength < V4MinLengthInBytes || headerLength > packet.Length || totalLength < headerLength) return false;
        view = new IpHeaderView
        {
            Version = 4,
            Tos = packet[1],
            Protocol = packet[9],
            IsFragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & 0x1FFF) != 0,
            HeaderLength = headerLength,
            TotalLength = totalLength,
            SourceLow = BinaryPrimitives.ReadUInt32BigEndian(packet[12..]),
            DestinationLow = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]),
        };
        return true;
    }

    private static bool TryReadV6(ReadOnlySpan<byte> packet, out IpHeaderView view)
    {
        view = default;
        if (packet.Length < V6LengthInBytes) return false;
        view = new IpHeaderView
        {
            Version = 6,
            // The traffic class lies across the lower half of the first byte and the upper half of the second.
            Tos = (byte)(BinaryPrimitives.ReadUInt16BigEndian(packet) >> 4),
            Protocol = packet[6],
            IsFragment = packet[6] == NextHeaderFragment && IsLaterFragment(packet[V6LengthInBytes..]),
            HeaderLength = V6LengthInBytes,
            TotalLength = V6LengthInBytes + BinaryPrimitives.ReadUInt16BigEndian(packet[4..]),
            SourceHigh = BinaryPrimitives.ReadUInt64BigEndian(packet[8..]),
            SourceLow = BinaryPrimitives.ReadUInt64BigEndian(packet[16..]),
            DestinationHigh = BinaryPrimitives.ReadUInt64BigEndian(packet[24..]),
            DestinationLow = BinaryPrimitives.ReadUInt64BigEndian(packet[32..]),
        };
        return true;
    }

    /// <summary>Whether an IPv6 fragment header (RFC 8200 §4.5) has an offset other than zero. False where it is cut off.</summary>
    internal static bool IsLaterFragment(ReadOnlySpan<byte> fragmentHeader) =>
        fragmentHeader.Length >= 4 && (BinaryPrimitives.ReadUInt16BigEndian(fragmentHeader[2..]) & 0xFFF8) != 0;
}
