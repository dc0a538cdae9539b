using System.Buffers.Binary;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Packets;

public sealed class IcmpUnreachableTests
{
    private readonly byte[] _output = new byte[IcmpUnreachable.MaxLengthInBytes];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(28)]
    [InlineData(528)]
    [InlineData(529)]
    [InlineData(1400)]
    public void An_IPv4_packet_is_answered_from_its_own_destination_and_quoted(int dataLength)
    {
        var packet = TestPackets.V4("10.0.0.1", "192.0.2.9", data: Data(dataLength));
        var answer = Answer(packet);
        Assert.Equal(Math.Min(576, 28 + packet.Length), answer.Length);
        Assert.True(IpHeader.TryRead(answer, out var view));
        Assert.Equal(answer.Length, view.TotalLength);
        Assert.Equal(20, view.HeaderLength);
        Assert.Equal(TestPackets.Address("192.0.2.9"), view.Source);
        Assert.Equal(TestPackets.Address("10.0.0.1"), view.Destination);
        Assert.Equal(1, view.Protocol);
        Assert.Equal(0xC0, view.Tos);
        Assert.Equal(64, answer[8]);
        Assert.Equal([3, 1], answer[20..22]);
        Assert.Equal([0, 0, 0, 0], answer[24..28]);
        Assert.Equal(packet[..(answer.Length - 28)], answer[28..]);
        Assert.Equal(0, TestPackets.Checksum(answer.AsSpan(0, 20)));
        Assert.Equal(0, TestPackets.Checksum(answer.AsSpan(20)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(1192)]
    [InlineData(1193)]
    [InlineData(2000)]
    public void An_IPv6_packet_is_answered_from_its_own_destination_and_quoted(int dataLength)
    {
        var packet = TestPackets.V6("2001:db8::1", "2001:db8:9::9", data: Data(dataLength));
        var answer = Answer(packet);
        Assert.Equal(Math.Min(1280, 48 + packet.Length), answer.Length);
        Assert.True(IpHeader.TryRead(answer, out var view));
        Assert.Equal(answer.Length, view.TotalLength);
        Assert.Equal(TestPackets.Address("2001:db8:9::9"), view.Source);
        Assert.Equal(TestPackets.Address("2001:db8::1"), view.Destination);
        Assert.Equal(58, view.Protocol);
        Assert.Equal(64, answer[7]);
        Assert.Equal([1, 3], answer[40..42]);
        Assert.Equal([0, 0, 0, 0], answer[44..48]);
        Assert.Equal(packet[..(answer.Length - 48)], answer[48..]);

        // RFC 8200 §8.1, written out: addresses, length as 32 bits, three zeros, next header.
        byte[] pseudo = [.. answer[8..40], 0, 0, .. BigEndian((ushort)(answer.Length - 40)), 0, 0, 0, 58];
        Assert.Equal(0, TestPackets.Checksum([.. pseudo, .. answer[40..]]));
    }

    [Fact]
    public void Padding_behind_the_packet_is_not_quoted()
    {
        var packet = TestPackets.V4("10.0.0.1", "192.0.2.9", data: Data(20));
        Assert.Equal(Answer(packet), Answer([.. packet, .. new byte[13]]));
    }

    [Theory]
    [InlineData("10.0.0.1", "224.0.0.251")]
    [InlineData("10.0.0.1", "255.255.255.255")]
    [InlineData("10.0.0.1", "240.0.0.1")]
    [InlineData("10.0.0.1", "0.0.0.0")]
    [InlineData("10.0.0.1", "127.0.0.1")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("0.0.0.0", "10.0.0.1")]
    [InlineData("127.0.0.1", "10.0.0.1")]
    [InlineData("224.0.0.1", "10.0.0.1")]
    [InlineData("255.255.255.255", "10.0.0.1")]
    [InlineData("2001:db8::1", "ff02::1")]
    [InlineData("2001:db8::1", "::")]
    [InlineData("2001:db8::1", "::1")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("::", "2001:db8::1")]
    [InlineData("::1", "2001:db8::1")]
    [InlineData("ff02::1", "2001:db8::1")]
    public void Nothing_is_said_about_addresses_that_are_not_one_host(string source, string destination)
    {
        var packet = source.Contains(':', StringComparison.Ordinal)
            ? TestPackets.V6(source, destination, data: Data(8))
            : TestPackets.V4(source, destination, data: Data(8));
        Assert.Empty(Answer(packet));
    }

    [Fact]
    public void Later_fragments_are_not_answered_and_first_ones_are()
    {
        Assert.NotEmpty(Answer(TestPackets.V4("10.0.0.1", "10.0.0.2", fragment: 0x2000, data: Data(8))));
        Assert.Empty(Answer(TestPackets.V4("10.0.0.1", "10.0.0.2", fragment: 0x0001, data: Data(8))));
        Assert.NotEmpty(Answer(TestPackets.V6("2001:db8::1", "2001:db8::2", 44, data: [17, 0, 0, 1, 0, 0, 0, 1, .. Data(8)])));
        Assert.Empty(Answer(TestPackets.V6("2001:db8::1", "2001:db8::2", 44, data: [17, 0, 0, 8, 0, 0, 0, 1, .. Data(8)])));
        Assert.Empty(Answer(TestPackets.V6("2001:db8::1", "2001:db8::2", 0, data: [44, 0, 1, 4, 0, 0, 0, 0, 17, 0, 0, 8, 0, 0, 0, 1, .. Data(8)])));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    [InlineData(5, false)]
    [InlineData(8, true)]
    [InlineData(11, false)]
    [InlineData(12, false)]
    [InlineData(13, true)]
    [InlineData(42, false)]
    public void Only_ICMP_messages_that_are_no_errors_are_answered(byte type, bool answered)
    {
        Assert.Equal(answered, Answer(TestPackets.V4("10.0.0.1", "10.0.0.2", protocol: 1, data: [type, .. Data(7)])).Length > 0);
        Assert.Empty(Answer(TestPackets.V4("10.0.0.1", "10.0.0.2", protocol: 1)));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(127, false)]
    [InlineData(128, true)]
    [InlineData(135, true)]
    [InlineData(137, false)]
    public void Only_ICMPv6_messages_that_are_no_errors_are_answered_behind_any_extension_headers(byte type, bool answered)
    {
        byte[] icmp = [type, .. Data(7)];
        Assert.Equal(answered, Answer(TestPackets.V6("2001:db8::1", "2001:db8::2", 58, data: icmp)).Length > 0);
        byte[] behind = [60, 0, .. Data(6), 58, 1, .. Data(14), .. icmp];
        Assert.Equal(answered, Answer(TestPackets.V6("2001:db8::1", "2001:db8::2", 0, data: behind)).Length > 0);
        byte[] cutOff = [58, 9, .. Data(6)];
        Assert.Empty(Answer(TestPackets.V6("2001:db8::1", "2001:db8::2", 43, data: cutOff)));
    }

    [Fact]
    public void A_short_buffer_gets_a_shorter_quote_but_never_less_than_eight_bytes_of_data()
    {
        var packet = TestPackets.V4("10.0.0.1", "192.0.2.9", data: Data(100));
        Assert.Equal(56, IcmpUnreachable.TryBuild(packet, _output.AsSpan(0, 56)));
        Assert.Equal(0, TestPackets.Checksum(_output.AsSpan(20, 36)));
        Assert.Equal(0, IcmpUnreachable.TryBuild(packet, _output.AsSpan(0, 55)));
        Assert.Equal(0, IcmpUnreachable.TryBuild(packet, []));
        Assert.Equal(0, IcmpUnreachable.TryBuild(TestPackets.V6("2001:db8::1", "2001:db8::2", data: Data(100)), _output.AsSpan(0, 95)));
    }

    [Fact]
    public void What_is_not_IP_is_not_answered()
    {
        Assert.Empty(Answer([]));
        Assert.Empty(Answer(new byte[100]));
    }

    private byte[] Answer(ReadOnlySpan<byte> packet) => _output[..IcmpUnreachable.TryBuild(packet, _output)];

    private static byte[] Data(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];

    private static byte[] BigEndian(ushort number)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, number);
        return bytes;
    }
}
