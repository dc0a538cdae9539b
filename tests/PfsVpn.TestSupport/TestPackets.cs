using System.Buffers.Binary;
using PfsVpn.Packets;

namespace PfsVpn.TestSupport;

/// <summary>Inner packets for tests.</summary>
internal static class TestPackets
{
    /// <summary>Parses 10.0.0.0/8 and its like.</summary>
    public static IpPrefix Prefix(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IpAddress.TryParse(text.AsSpan(0, slash), out var address)) throw new ArgumentException($"{text} is no prefix.", nameof(text));
        return new IpPrefix(address, int.Parse(text.AsSpan(slash + 1), System.Globalization.CultureInfo.InvariantCulture));
    }

    /// <summary>An IPv4 or IPv6 packet with a right header, protocol UDP, and <paramref name="length"/> bytes in all.</summary>
    public static byte[] Ip(string source, string destination, int length = 100, byte tos = 0, byte fill = 0xab)
    {
        if (!IpAddress.TryParse(source, out var from) || !IpAddress.TryParse(destination, out var to)) throw new ArgumentException("These are no addresses.", nameof(source));
        var packet = new byte[length];
        packet.AsSpan().Fill(fill);
        if (from.IsV4)
        {
            packet.AsSpan(0, 20).Clear();
            packet[0] = 0x45;
            packet[1] = tos;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)length);
            packet[8] = 64;
            packet[9] = 17;
            from.Write(packet.AsSpan(12));
            to.Write(packet.AsSpan(16));
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), HeaderChecksum(packet.AsSpan(0, 20)));
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(packet, 0x60000000u | ((uint)tos << 20));
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(length - 40));
            packet[6] = 17;
            packet[7] = 64;
            from.Write(packet.AsSpan(8));
            to.Write(packet.AsSpan(24));
        }
        return packet;
    }

    private static ushort HeaderChecksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (var i = 0; i < header.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
