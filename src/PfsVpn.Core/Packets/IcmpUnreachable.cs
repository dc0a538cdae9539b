using System.Buffers.Binary;

namespace PfsVpn.Packets;

/// <summary>The answer to a packet that the tunnel has nowhere to send: ICMP host unreachable (3/1) or ICMPv6 address unreachable (1/3).</summary>
/// <remarks>
/// References: RFC 792, RFC 1122 §3.2.2, RFC 1812 §4.3.2, RFC 4443 §2.4 and §3.1.
/// Its source is the packet's own destination: one from the tunnel's own address would be dropped as a martian by the host that it goes to.
/// Sizes: at most <see cref="MaxLengthInBytes"/>; 576 for IPv4. Threading: pure functions. Nothing here throws, whatever the packet holds.
/// How often answers are sent is the caller's duty.
/// </remarks>
internal static class IcmpUnreachable
{
    /// <summary>The size that a buffer needs for any answer: the smallest MTU of IPv6.</summary>
    public const int MaxLengthInBytes = 1280;

    private const int MaxLengthV4 = 576;
    private const int IcmpHeaderLength = 8;
    private const int MinQuoteBehindHeader = 8;
    private const byte HopLimit = 64;
    private const byte InternetworkControl = 0xC0;
    private const ushort DontFragment = 0x4000;

    /// <summary>
    /// Writes the answer to <paramref name="offendingPacket"/> at the start of <paramref name="output"/> and returns its length. 0 where none may be
    /// sent: in answer to ICMP errors, later fragments, malformed packets, or packets with a source or destination that is not one host; and
    /// where <paramref name="output"/> is too short. The two spans do not overlap.
    /// </summary>
    public static int TryBuild(ReadOnlySpan<byte> offendingPacket, Span<byte> output)
    {
        if (!IpHeader.TryRead(offendingPacket, out var header) || header.IsFragment) return 0;
        var packet = offendingPacket[..Math.Min(offendingPacket.Length, header.TotalLength)];
        return header.IsV4 ? BuildV4(packet, header, output) : BuildV6(packet, header, output);
    }

    private static int BuildV4(ReadOnlySpan<byte> packet, in IpHeaderView header, Span<byte> output)
    {
        if (!IsHost(header.SourceV4) || !IsHost(header.DestinationV4) || header.SourceV4 == header.DestinationV4) return 0;
        if (header.Protocol == IpHeader.ProtocolIcmp && !IsInformational(packet[header.HeaderLength..])) return 0;

        const int Room = IpHeader.V4MinLengthInBytes + IcmpHeaderLength;
        var quote = QuoteLength(packet.Length, header.HeaderLength, Math.Min(output.Length, MaxLengthV4) - Room);
        if (quote == 0) return 0;
        var answer = output[..(Room + quote)];
        var ip = answer[..IpHeader.V4MinLengthInBytes];
        ip.Clear();
        ip[0] = 0x45;
        ip[1] = InternetworkControl;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)answer.Length);
        // An atomic datagram: its identification means nothing (RFC 6864 §4.1), so it may be 0.
        BinaryPrimitives.WriteUInt16BigEndian(ip[6..], DontFragment);
        ip[8] = HopLimit;
        ip[9] = IpHeader.ProtocolIcmp;
        packet.Slice(16, 4).CopyTo(ip[12..]);
        packet.Slice(12, 4).CopyTo(ip[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], InternetChecksum.Compute(ip));
        WriteIcmp(answer[IpHeader.V4MinLengthInBytes..], type: 3, code: 1, packet[..quote], pseudoHeader: 0);
        return answer.Length;
    }

    private static int BuildV6(ReadOnlySpan<byte> packet, in IpHeaderView header, Span<byte> output)
    {
        var (source, destination) = (header.Source, header.Destination);
        if (!IsHost(source) || !IsHost(destination) || source == destination || !MayAnswerV6(packet, header.Protocol)) return 0;

        const int Room = IpHeader.V6LengthInBytes + IcmpHeaderLength;
        var quote = QuoteLength(packet.Length, header.HeaderLength, Math.Min(output.Length, MaxLengthInBytes) - Room);
        if (quote == 0) return 0;
        var answer = output[..(Room + quote)];
        var ip = answer[..IpHeader.V6LengthInBytes];
        ip.Clear();
        ip[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(ip[4..], (ushort)(IcmpHeaderLength + quote));
        ip[6] = IpHeader.ProtocolIcmpV6;
        ip[7] = HopLimit;
        packet.Slice(24, 16).CopyTo(ip[8..]);
        packet.Slice(8, 16).CopyTo(ip[24..]);
        var pseudoHeader = InternetChecksum.PseudoHeader(ip[8..24], ip[24..40], IpHeader.ProtocolIcmpV6, IcmpHeaderLength + quote);
        WriteIcmp(answer[IpHeader.V6LengthInBytes..], type: 1, code: 3, packet[..quote], pseudoHeader);
        return answer.Length;
    }

    private static void WriteIcmp(Span<byte> icmp, byte type, byte code, ReadOnlySpan<byte> quote, ulong pseudoHeader)
    {
        icmp[..IcmpHeaderLength].Clear();
        icmp[0] = type;
        icmp[1] = code;
        quote.CopyTo(icmp[IcmpHeaderLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], InternetChecksum.Finish(InternetChecksum.Add(pseudoHeader, icmp)));
    }

    /// <summary>How much of the packet is quoted: as much as there is room for, but no less than its header and 8 bytes (RFC 792), where it has them.</summary>
    private static int QuoteLength(int packetLength, int headerLength, int room)
    {
        var quote = Math.Min(packetLength, room);
        return quote >= Math.Min(packetLength, headerLength + MinQuoteBehindHeader) ? quote : 0;
    }

    /// <summary>Whether an ICMP message is a query or an answer to one. What is not known, or cut off, is taken for an error, as Linux does.</summary>
    private static bool IsInformational(ReadOnlySpan<byte> icmp) => !icmp.IsEmpty && icmp[0] is 0 or 8 or 9 or 10 or (>= 13 and <= 18);

    /// <summary>Walks the extension headers: no answer to an ICMPv6 error or redirect, to a later fragment, or to what cannot be told.</summary>
    private static bool MayAnswerV6(ReadOnlySpan<byte> packet, byte nextHeader)
    {
        var rest = packet[IpHeader.V6LengthInBytes..];
        // Each turn consumes at least 8 bytes, so the loop ends.
        while (true)
        {
            switch (nextHeader)
            {
                case 0 or 43 or 60 or 135: // hop-by-hop, routing, destination options, mobility
                    if (rest.Length < 8 || rest.Length < (rest[1] + 1) * 8) return false;
                    nextHeader = rest[0];
                    rest = rest[((rest[1] + 1) * 8)..];
                    break;
                case IpHeader.NextHeaderFragment:
                    if (rest.Length < 8 || IpHeader.IsLaterFragment(rest)) return false;
                    nextHeader = rest[0];
                    rest = rest[8..];
                    break;
                case IpHeader.ProtocolIcmpV6:
                    return !rest.IsEmpty && rest[0] is >= 128 and not 137; // 137: redirect
                default:
                    return true;
            }
        }
    }

    /// <summary>Whether an IPv4 address can be one host elsewhere: not 0/8, 127/8, multicast, reserved or broadcast.</summary>
    private static bool IsHost(uint address) => (address >> 24) is not (0 or 127 or >= 224);

    /// <summary>Whether an IPv6 address can be one host elsewhere: not ::, ::1 or multicast.</summary>
    private static bool IsHost(in IpAddress address) => (address.High >> 56) != 0xFF && (address.High != 0 || address.Low > 1);
}
