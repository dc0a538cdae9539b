using System.Buffers.Binary;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Packets;

/// <summary>Inner packets for the tests, and a checksum that shares no code with the product's.</summary>
internal static class TestPackets
{
    /// <summary>An IPv4 packet with a right header checksum.</summary>
    public static byte[] V4(string source, string destination, byte protocol = 17, byte tos = 0, ushort fragment = 0, int options = 0, params byte[] data)
    {
        var packet = new byte[20 + options + data.Length];
        packet[0] = (byte)(0x40 | ((20 + options) / 4));
        packet[1] = tos;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), 0x1234);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), fragment);
        packet[8] = 63;
        packet[9] = protocol;
        Address(source).Write(packet.AsSpan(12));
        Address(destination).Write(packet.AsSpan(16));
        packet.AsSpan(20, options).Fill(1);
        data.CopyTo(packet, 20 + options);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, 20 + options)));
        return packet;
    }

    /// <summary>An IPv6 packet; <paramref name="data"/> starts with the header that <paramref name="nextHeader"/> names.</summary>
    public static byte[] V6(string source, string destination, byte nextHeader = 17, byte tos = 0, params byte[] data)
    {
        var packet = new byte[40 + data.Length];
        BinaryPrimitives.WriteUInt32BigEndian(packet, 0x6000_0000u | ((uint)tos << 20) | 0xABCDE);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)data.Length);
        packet[6] = nextHeader;
        packet[7] = 63;
        Address(source).Write(packet.AsSpan(8));
        Address(destination).Write(packet.AsSpan(24));
        data.CopyTo(packet, 40);
        return packet;
    }

    /// <summary>The checksum as RFC 1071 states it: 16-bit words, one after the other.</summary>
    public static ushort Checksum(params ReadOnlySpan<byte> bytes)
    {
        var sum = 0L;
        for (var i = 0; i < bytes.Length; i++) sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }

    public static IpAddress Address(string text)
    {
        Assert.True(IpAddress.TryParse(text, out var address));
        return address;
    }
}
