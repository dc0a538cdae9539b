using System.Buffers.Binary;

namespace PfsVpn.Packets;

/// <summary>Explicit congestion notification through the tunnel, as the kernel's WireGuard does it.</summary>
/// <remarks>
/// References: RFC 3168 §9.1.1 (full functionality) on the way in, RFC 6040 §4.2 on the way out.
/// The two bits: 0 Not-ECT, 1 ECT(1), 2 ECT(0), 3 CE. Threading: pure functions.
/// </remarks>
internal static class Ecn
{
    private const byte NotEct = 0;
    private const byte Ect1 = 1;
    private const byte Ect0 = 2;
    private const byte Ce = 3;
    private const byte FieldMask = 3;

    /// <summary>
    /// The TOS octet of the datagram around <paramref name="innerPacket"/>: DSCP 0, so that nothing is learned from it, and the inner ECN field, CE
    /// as ECT(0) so that congestion before the tunnel is not taken for congestion within it. 0 for what is not IP.
    /// </summary>
    public static byte OuterTos(ReadOnlySpan<byte> innerPacket)
    {
        if (!TryGetField(innerPacket, out var inner)) return 0;
        return inner == Ce ? Ect0 : inner;
    }

    /// <summary>
    /// Combines the ECN field of the outer TOS octet into the inner header: CE into every ECN-capable packet, ECT(1) into ECT(0). The checksum of
    /// an IPv4 header follows. False, with nothing changed, only where <paramref name="innerPacket"/> is not IP or cut off within its header.
    /// </summary>
    /// <remarks>
    /// CE around a Not-ECT packet is a drop in RFC 6040, but the kernel's WireGuard delivers the packet unchanged, because tunnels are used to get
    /// around networks that mangle these bits. So does this.
    /// </remarks>
    public static bool TryDecapsulate(byte outerTos, Span<byte> innerPacket)
    {
        if (!TryGetField(innerPacket, out var inner)) return false;
        var outer = (byte)(outerTos & FieldMask);
        if (outer == Ce && inner is not (NotEct or Ce)) SetField(innerPacket, Ce);
        else if (outer == Ect1 && inner == Ect0) SetField(innerPacket, Ect1);
        return true;
    }

    private static bool TryGetField(ReadOnlySpan<byte> packet, out byte field)
    {
        field = NotEct;
        if (packet.Length < IpHeader.V4MinLengthInBytes) return false;
        switch (packet[0] >> 4)
        {
            case 4:
                field = (byte)(packet[1] & FieldMask);
                return true;
            case 6:
                // The traffic class lies across two bytes; its last two bits are bits 4 and 5 of the second.
                field = (byte)((packet[1] >> 4) & FieldMask);
                return packet.Length >= IpHeader.V6LengthInBytes;
            default:
                return false;
        }
    }

    private static void SetField(Span<byte> packet, byte field)
    {
        if (packet[0] >> 4 == 6)
        {
            packet[1] = (byte)((packet[1] & ~(FieldMask << 4)) | (field << 4));
            return;
        }
        var before = BinaryPrimitives.ReadUInt16BigEndian(packet);
        packet[1] = (byte)((packet[1] & ~FieldMask) | field);
        var after = BinaryPrimitives.ReadUInt16BigEndian(packet);
        var checksum = InternetChecksum.Update(BinaryPrimitives.ReadUInt16BigEndian(packet[10..]), before, after);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], checksum);
    }
}
