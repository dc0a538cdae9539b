using System.Buffers.Binary;
using System.Net;

/// <summary>The least of an IPv4 stack: a header of 20 bytes without options around a payload. An application has a real stack here.</summary>
internal static class Ipv4
{
    private const int HeaderBytes = 20;
    private const byte ForExperiments = 253;

    /// <summary>Makes a packet.</summary>
    public static byte[] Packet(string source, string destination, ReadOnlySpan<byte> payload)
    {
        var packet = new byte[HeaderBytes + payload.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = ForExperiments;
        IPAddress.Parse(source).TryWriteBytes(packet.AsSpan(12), out _);
        IPAddress.Parse(destination).TryWriteBytes(packet.AsSpan(16), out _);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), Checksum(packet.AsSpan(0, HeaderBytes)));
        payload.CopyTo(packet.AsSpan(HeaderBytes));
        return packet;
    }

    /// <summary>What is behind the header.</summary>
    public static ReadOnlySpan<byte> Payload(ReadOnlySpan<byte> packet) => packet[((packet[0] & 15) * 4)..];

    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (var index = 0; index < header.Length; index += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(header[index..]);
        while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }
}
