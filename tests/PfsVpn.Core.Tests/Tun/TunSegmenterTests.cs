using System.Buffers.Binary;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

public sealed unsafe class TunSegmenterTests
{
    private const int Guard = 4096;

    [Fact]
    public void Every_super_packet_makes_the_segments_that_a_plain_reference_makes()
    {
        var random = new Random(1);
        using var batch = new PacketBatch(1024 * 1024, 4096);
        for (var round = 0; round < 1500; round++)
        {
            var super = PlainSuperPacket.Random(random);
            var mtu = random.Next(3) switch { 0 => 0, 1 => 1420, _ => Math.Max(68, super.Headers + super.SegmentSize) };
            AssertCut(batch, super, mtu, random.Next(16, 300));
        }
    }

    [Fact]
    public void Flags_ids_and_sequence_numbers_are_those_of_the_segment()
    {
        using var batch = new PacketBatch(1024 * 1024, 4096);
        var super = new PlainSuperPacket { Data = new byte[(44 * 1368) + 5], Sequence = uint.MaxValue - 1368, Id = 65_534, Flags = 0x10 | 0x80 | 0x08 | 0x01 };
        AssertCut(batch, super, 1420, 16);
        var flags = Enumerable.Range(0, 45).Select(index => batch.Packet(index)[33]).ToArray();
        Assert.Equal([0x90, .. Enumerable.Repeat((byte)0x10, 43), 0x19], flags);
        Assert.Equal([65_534, 65_535, 0, 1], Enumerable.Range(0, 4).Select(index => BinaryPrimitives.ReadUInt16BigEndian(batch.Packet(index)[4..])).Select(id => (int)id));
        Assert.Equal([uint.MaxValue - 1368, uint.MaxValue, 1367, 2735], Enumerable.Range(0, 4).Select(index => BinaryPrimitives.ReadUInt32BigEndian(batch.Packet(index)[24..])));
    }

    [Fact]
    public void Segments_lie_so_that_their_messages_touch_and_say_that_they_continue()
    {
        using var batch = new PacketBatch(1024 * 1024, 4096) { Mtu = 1420 };
        var whole = new PlainSuperPacket { Data = new byte[10_000] };
        Put(batch, whole.Whole(), 16);
        var next = TunSegmenter.Cut(batch, 16, whole.Whole().Length, whole.Header);
        Assert.Equal(8, batch.Count);
        for (var index = 0; index < 8; index++)
        {
            Assert.Equal(index == 0 ? 0 : 1, batch.Packets[index].ContinuesFlow);
            if (index > 0) Assert.Equal(WireLayout.Next(batch.Packets[index - 1].Offset, batch.Packets[index - 1].Length, 1420), batch.Packets[index].Offset);
        }
        Assert.Equal(WireLayout.Next(batch.Packets[7].Offset, batch.Packets[7].Length, 1420), next);
        Assert.True(batch.UsedBytes >= next - PacketBatch.HeaderRoom && batch.UsedBytes >= 16 + whole.Whole().Length);
    }

    [Fact]
    public void The_pseudo_header_of_a_super_packet_without_a_checksum_to_finish_is_computed()
    {
        using var batch = new PacketBatch(1024 * 1024, 4096) { Mtu = 1420 };
        foreach (var isV4 in (bool[])[true, false])
        {
            var super = new PlainSuperPacket { IsV4 = isV4, Data = Packet.Pattern(5000, 3) };
            batch.Clear();
            Put(batch, super.Whole(), 16);
            var header = new VirtioNetHeader { GsoType = super.Header.GsoType, GsoSize = super.Header.GsoSize };
            Assert.NotEqual(0, TunSegmenter.Cut(batch, 16, super.Whole().Length, header));
            Assert.Equal(super.Segments(), Enumerable.Range(0, batch.Count).Select(index => batch.Packet(index).ToArray()));
        }
    }

    [Fact]
    public void A_batch_without_room_for_all_segments_takes_none()
    {
        var super = new PlainSuperPacket { Data = new byte[1368 * 20] };
        using var few = new PacketBatch(1024 * 1024, 19) { Mtu = 1420 };
        Put(few, super.Whole(), 16);
        Assert.Equal(0, TunSegmenter.Cut(few, 16, super.Whole().Length, super.Header));
        Assert.Equal(0, few.Count);
        using var small = new PacketBatch(super.Whole().Length + 500, 100) { Mtu = 1420 };
        Put(small, super.Whole(), 16);
        Assert.Equal(0, TunSegmenter.Cut(small, 16, super.Whole().Length, super.Header));
        Assert.Equal(0, small.Count);
    }

    [Fact]
    public void Whatever_a_header_says_nothing_outside_the_batch_is_touched_and_nothing_throws()
    {
        var random = new Random(2);
        using var memory = new PacketBatch((2 * Guard) + 200_000, 4096);
        new Span<byte>(memory.Memory, memory.CapacityInBytes).Fill(0xA5);
        var malformed = 0;
        for (var round = 0; round < 30_000; round++)
        {
            var super = PlainSuperPacket.Random(random);
            var whole = super.Whole();
            var length = random.Next(4) == 0 ? random.Next(0, whole.Length + 1) : whole.Length;
            var header = Mutate(super.Header, random);
            if (random.Next(2) == 0)
                for (var i = 0; i < 3; i++) whole[random.Next(Math.Min(60, whole.Length))] = (byte)random.Next(256);
            memory.Clear();
            memory.UsedBytes = 0;
            memory.Mtu = random.Next(2) == 0 ? 1420 : 0;
            whole.AsSpan(0, length).CopyTo(new Span<byte>(memory.Memory + 16, length));
            var isSuper = header.GsoType != VirtioNetHeader.GsoNone;
            var taken = isSuper ? TunSegmenter.Cut(memory, 16, length, header) > 0 : TunSegmenter.TryFinishChecksum(memory.Memory + 16, length, header);
            if (!taken) malformed++;
            var used = Math.Max(memory.UsedBytes, 16 + length);
            Assert.True(new ReadOnlySpan<byte>(memory.Memory, 16).IndexOfAnyExcept((byte)0xA5) < 0);
            Assert.True(new ReadOnlySpan<byte>(memory.Memory + used, Math.Min(Guard, memory.CapacityInBytes - used)).IndexOfAnyExcept((byte)0xA5) < 0);
            for (var index = 0; index < memory.Count; index++) Assert.True(memory.Packets[index].Offset + memory.Packets[index].Length + PacketBatch.TailRoom <= used);
            new Span<byte>(memory.Memory + 16, used).Fill(0xA5);
        }
        Assert.InRange(malformed, 5_000, 29_000);
    }

    [Fact]
    public void A_checksum_is_finished_where_the_header_says_and_zero_becomes_its_equal()
    {
        var random = new Random(4);
        for (var round = 0; round < 2000; round++)
        {
            var super = new PlainSuperPacket { IsTcp = false, IsV4 = round % 2 == 0, SegmentSize = 2000, Data = new byte[random.Next(2, 1400)], Seed = round };
            random.NextBytes(super.Data);
            // The last bytes make the sum come out as zero.
            if (round % 3 == 0)
            {
                super.Data.AsSpan(^2).Clear();
                super.Data.AsSpan(0, super.Data.Length & 1).Clear();
                if (super.Data.Length % 2 == 0) super.Segments()[0].AsSpan(super.Transport + 6, 2).CopyTo(super.Data.AsSpan(^2));
            }
            var whole = super.Whole();
            var header = super.Header;
            header.GsoType = VirtioNetHeader.GsoNone;
            fixed (byte* start = whole) Assert.True(TunSegmenter.TryFinishChecksum(start, whole.Length, header));
            Assert.Equal(super.Segments()[0], whole);
            if (round % 3 == 0 && super.Data.Length % 2 == 0) Assert.Equal(0xFFFF, BinaryPrimitives.ReadUInt16BigEndian(whole.AsSpan(super.Transport + 6)));
        }
    }

    private static VirtioNetHeader Mutate(VirtioNetHeader header, Random random)
    {
        switch (random.Next(9))
        {
            case 0: header.GsoSize = (ushort)random.Next(4); break;
            case 1: header.GsoSize = (ushort)random.Next(65_536); break;
            case 2: header.ChecksumStart = (ushort)random.Next(100); break;
            case 3: header.ChecksumStart = (ushort)random.Next(65_536); break;
            case 4: header.ChecksumOffset = (ushort)random.Next(65_536); break;
            case 5: header.GsoType = (byte)random.Next(256); break;
            case 6: header.Flags = (byte)random.Next(4); break;
            case 7: header.GsoType = VirtioNetHeader.GsoNone; break;
            default: break;
        }
        return header;
    }

    private static void AssertCut(PacketBatch batch, PlainSuperPacket super, int mtu, int offset)
    {
        batch.Clear();
        batch.Mtu = mtu;
        var whole = super.Whole();
        Put(batch, whole, offset);
        Assert.NotEqual(0, TunSegmenter.Cut(batch, offset, whole.Length, super.Header));
        var expected = super.Segments();
        Assert.Equal(expected.Count, batch.Count);
        for (var index = 0; index < expected.Count; index++)
        {
            Assert.True(super.IsRight(expected[index]));
            Assert.True(expected[index].AsSpan().SequenceEqual(batch.Packet(index)), $"Segment {index} of {expected.Count} differs.");
        }
    }

    private static void Put(PacketBatch batch, byte[] packet, int offset) => packet.CopyTo(new Span<byte>(batch.Memory + offset, packet.Length));
}
