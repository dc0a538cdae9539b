using System.Buffers.Binary;
using System.Numerics;
using PfsVpn.Tests.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

/// <summary>A super-packet of any shape, and the segments that it must make, each built from the first byte on, without a line of the product's code.</summary>
internal sealed class PlainSuperPacket
{
    private const byte Tcp = 6, Udp = 17;

    public bool IsV4 { get; init; } = true;

    public bool IsTcp { get; init; } = true;

    public int IpOptions { get; init; }

    public int ExtensionHeader { get; init; }

    public int TcpOptions { get; init; } = 12;

    public int SegmentSize { get; init; } = 1368;

    public byte[] Data { get; init; } = [];

    public byte Tos { get; init; }

    public ushort Id { get; init; }

    public bool DoNotFragment { get; init; } = true;

    public uint Sequence { get; init; }

    public byte Flags { get; init; } = 0x10;

    public int Seed { get; init; }

    public int Transport => IsV4 ? 20 + IpOptions : 40 + ExtensionHeader;

    public int Headers => Transport + (IsTcp ? 20 + TcpOptions : 8);

    public int SegmentCount => (Data.Length + SegmentSize - 1) / SegmentSize;

    public VirtioNetHeader Header => new()
    {
        Flags = VirtioNetHeader.NeedsChecksum,
        GsoType = !IsTcp ? VirtioNetHeader.GsoUdpL4 : (byte)((IsV4 ? VirtioNetHeader.GsoTcpV4 : VirtioNetHeader.GsoTcpV6) | ((Flags & 0x80) != 0 ? VirtioNetHeader.GsoEcn : 0)),
        HeaderLength = (ushort)Headers,
        GsoSize = (ushort)SegmentSize,
        ChecksumStart = (ushort)Transport,
        ChecksumOffset = (ushort)(IsTcp ? 16 : 6),
    };

    /// <summary>Anything that the kernel could make.</summary>
    public static PlainSuperPacket Random(Random random, bool canBeCoalesced = false)
    {
        var isV4 = random.Next(2) == 0;
        var isTcp = random.Next(2) == 0;
        var size = random.Next(4) switch { 0 => 1368, 1 => random.Next(1, 60), 2 => random.Next(1, 1400), _ => random.Next(500, 9000) };
        var count = random.Next(1, Math.Min(isTcp ? 90 : 64, 60_000 / size) + 1);
        var data = new byte[random.Next(((count - 1) * size) + 1, (count * size) + 1)];
        random.NextBytes(data);
        return new PlainSuperPacket
        {
            IsV4 = isV4,
            IsTcp = isTcp,
            IpOptions = isV4 && !canBeCoalesced ? random.Next(3) * 4 : 0,
            ExtensionHeader = !isV4 && !canBeCoalesced ? random.Next(3) * 8 : 0,
            TcpOptions = random.Next(11) * 4,
            SegmentSize = size,
            Data = data,
            Tos = (byte)random.Next(256),
            Id = (ushort)random.Next(65_536),
            DoNotFragment = random.Next(2) == 0,
            Sequence = random.Next(3) == 0 ? uint.MaxValue - (uint)random.Next(20_000) : (uint)random.NextInt64(uint.MaxValue),
            Flags = canBeCoalesced ? (byte)(0x10 | (random.Next(2) * 8)) : (byte)random.Next(256),
            Seed = random.Next(),
        };
    }

    /// <summary>The whole, with the folded sum of the pseudo-header where the checksum belongs.</summary>
    public byte[] Whole()
    {
        var packet = Build(Data, Id, Sequence, Flags);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Transport + Header.ChecksumOffset), (ushort)~TestPackets.Checksum(PseudoHeader(packet)));
        return packet;
    }

    /// <summary>The segments.</summary>
    public List<byte[]> Segments()
    {
        var segments = new List<byte[]>();
        for (var offset = 0; offset < Data.Length; offset += SegmentSize)
        {
            var isLast = offset + SegmentSize >= Data.Length;
            var flags = Flags;
            if (!isLast) flags &= 0xF6;
            if (offset > 0) flags &= 0x7F;
            var packet = Build(Data[offset..Math.Min(Data.Length, offset + SegmentSize)], (ushort)(Id + segments.Count), Sequence + (uint)offset, flags);
            var checksum = TestPackets.Checksum([.. PseudoHeader(packet), .. packet[Transport..]]);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Transport + Header.ChecksumOffset), checksum == 0 && !IsTcp ? ushort.MaxValue : checksum);
            segments.Add(packet);
        }
        return segments;
    }

    /// <summary>Whether a packet's own checksums are right.</summary>
    public bool IsRight(byte[] packet) =>
        TestPackets.Checksum([.. PseudoHeader(packet), .. packet[Transport..]]) == 0 && (!IsV4 || TestPackets.Checksum(packet.AsSpan(0, Transport)) == 0);

    private byte[] PseudoHeader(byte[] packet)
    {
        var length = packet.Length - Transport;
        return [.. IsV4 ? packet[12..20] : packet[8..40], 0, 0, (byte)(length >> 8), (byte)length, 0, 0, 0, IsTcp ? Tcp : Udp];
    }

    private byte[] Build(byte[] data, ushort id, uint sequence, byte flags)
    {
        var packet = new byte[Headers + data.Length];
        new Random(Seed).NextBytes(packet.AsSpan(0, Headers));
        data.CopyTo(packet, Headers);
        var transport = packet.AsSpan(Transport);
        if (IsTcp)
        {
            BinaryPrimitives.WriteUInt32BigEndian(transport[4..], sequence);
            transport[12] = (byte)((5 + (TcpOptions / 4)) << 4);
            transport[13] = flags;
            transport[16..18].Clear();
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(transport[4..], (ushort)transport.Length);
            transport[6..8].Clear();
        }
        BuildIp(packet, id);
        return packet;
    }

    private void BuildIp(byte[] packet, ushort id)
    {
        var protocol = IsTcp ? Tcp : Udp;
        if (IsV4)
        {
            packet[0] = (byte)(0x45 + (IpOptions / 4));
            packet[1] = Tos;
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), id);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(6), (ushort)(DoNotFragment ? 0x4000 : 0));
            packet[9] = protocol;
            packet.AsSpan(10, 2).Clear();
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), TestPackets.Checksum(packet.AsSpan(0, Transport)));
            return;
        }
        packet[0] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(4), (ushort)(packet.Length - 40));
        packet[6] = ExtensionHeader == 0 ? protocol : (byte)60;
        if (ExtensionHeader > 0) (packet[40], packet[41]) = (protocol, (byte)BitOperations.Log2((uint)ExtensionHeader >> 3));
    }
}
