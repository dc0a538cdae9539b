using System.Buffers.Binary;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Packets;

public sealed class InternetChecksumTests
{
    [Fact]
    public void The_example_of_RFC_1071_comes_out() =>
        Assert.Equal(0xFFFF - 0xDDF2, InternetChecksum.Compute([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7]));

    [Fact]
    public void Every_length_and_alignment_agrees_with_the_plain_sum()
    {
        var bytes = new byte[400];
        new Random(3).NextBytes(bytes);
        for (var offset = 0; offset < 9; offset++)
        {
            for (var length = 0; length < 300; length++)
            {
                var part = bytes.AsSpan(offset, length);
                Assert.Equal(TestPackets.Checksum(part), InternetChecksum.Compute(part));
            }
        }
    }

    [Fact]
    public unsafe void Moving_up_sums_and_moves_whatever_length_and_distance()
    {
        var memory = new byte[1200];
        var random = new Random(6);
        for (var length = 0; length < 420; length++)
        {
            foreach (var distance in (int[])[0, 1, 7, 16, 31, 33, 60, 64, 65, 128, 500])
            {
                random.NextBytes(memory);
                var before = memory.ToArray();
                fixed (byte* start = memory)
                    Assert.Equal(TestPackets.Checksum(before.AsSpan(100, length)), InternetChecksum.Finish(InternetChecksum.MoveUp(start + 100, start + 100 + distance, length)));
                Assert.True(memory.AsSpan(100 + distance, length).SequenceEqual(before.AsSpan(100, length)));
                Assert.True(memory.AsSpan(0, 100 + Math.Min(distance, length)).SequenceEqual(before.AsSpan(0, 100 + Math.Min(distance, length))) || distance == 0);
                Assert.True(memory.AsSpan(100 + distance + length).SequenceEqual(before.AsSpan(100 + distance + length)));
            }
        }
    }

    [Fact]
    public void A_large_packet_of_ones_does_not_overflow()
    {
        var bytes = new byte[65_535];
        bytes.AsSpan().Fill(0xFF);
        Assert.Equal(TestPackets.Checksum(bytes), InternetChecksum.Compute(bytes));
    }

    [Fact]
    public void Parts_of_even_length_add_up()
    {
        var bytes = new byte[99];
        new Random(4).NextBytes(bytes);
        var sum = 0UL;
        foreach (var (start, end) in new[] { (0, 2), (2, 40), (40, 40), (40, 98), (98, 99) }) sum = InternetChecksum.Add(sum, bytes.AsSpan(start..end));
        Assert.Equal(TestPackets.Checksum(bytes), InternetChecksum.Finish(sum));
        Assert.Equal(TestPackets.Checksum(0x12, 0x34, 0xFF, 0xFE), InternetChecksum.Finish(InternetChecksum.Add(InternetChecksum.Add(0, 0x1234), 0xFFFE)));
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.2", 20)]
    [InlineData("2001:db8::1", "2001:db8::2", 70_000)]
    public void The_pseudo_header_holds_addresses_protocol_and_length(string source, string destination, int length)
    {
        Span<byte> plain = stackalloc byte[40];
        var from = plain[..TestPackets.Address(source).Write(plain)];
        var to = plain.Slice(from.Length, TestPackets.Address(destination).Write(plain[from.Length..]));
        var rest = plain.Slice(from.Length * 2, 8);
        BinaryPrimitives.WriteInt32BigEndian(rest, length);
        rest[7] = 6;
        var expected = TestPackets.Checksum(plain[..((from.Length * 2) + 8)]);
        Assert.Equal(expected, InternetChecksum.Finish(InternetChecksum.PseudoHeader(from, to, 6, length)));
        Assert.Equal((ushort)~expected, InternetChecksum.Fold(InternetChecksum.PseudoHeader(from, to, 6, length)));
    }

    [Fact]
    public void Updating_a_word_is_the_same_as_computing_anew()
    {
        var random = new Random(5);
        Span<byte> bytes = stackalloc byte[20];
        for (var i = 0; i < 10_000; i++)
        {
            random.NextBytes(bytes);
            var before = InternetChecksum.Compute(bytes);
            var old = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
            var changed = i % 3 == 0 ? (ushort)~old : (ushort)random.Next(65_536);
            BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], changed);
            Assert.Equal(InternetChecksum.Compute(bytes), InternetChecksum.Update(before, old, changed));
        }
    }

    [Fact]
    public void Data_with_its_own_checksum_sums_to_zero()
    {
        var packet = TestPackets.V4("10.0.0.1", "10.0.0.2");
        Assert.Equal(0, InternetChecksum.Compute(packet.AsSpan(0, 20)));
    }
}
