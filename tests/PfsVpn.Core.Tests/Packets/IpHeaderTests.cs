using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Packets;

public sealed class IpHeaderTests
{
    [Fact]
    public void An_IPv4_header_is_read_with_its_options()
    {
        var packet = TestPackets.V4("10.1.2.3", "192.0.2.255", protocol: 6, tos: 0xB9, options: 8, data: [1, 2, 3]);
        Assert.True(IpHeader.TryRead(packet, out var view));
        Assert.Equal(4, view.Version);
        Assert.True(view.IsV4);
        Assert.Equal(28, view.HeaderLength);
        Assert.Equal(31, view.TotalLength);
        Assert.Equal(6, view.Protocol);
        Assert.Equal(0xB9, view.Tos);
        Assert.False(view.IsFragment);
        Assert.Equal(0x0A010203u, view.SourceV4);
        Assert.Equal(TestPackets.Address("10.1.2.3"), view.Source);
        Assert.Equal(TestPackets.Address("192.0.2.255"), view.Destination);
    }

    [Fact]
    public void An_IPv6_header_is_read_with_its_traffic_class_across_two_bytes()
    {
        var packet = TestPackets.V6("2001:db8::1", "fe80::2", nextHeader: 58, tos: 0xB9, data: [1, 2, 3, 4]);
        Assert.True(IpHeader.TryRead(packet, out var view));
        Assert.Equal(6, view.Version);
        Assert.Equal(40, view.HeaderLength);
        Assert.Equal(44, view.TotalLength);
        Assert.Equal(58, view.Protocol);
        Assert.Equal(0xB9, view.Tos);
        Assert.Equal(0x20010DB800000000UL, view.SourceHigh);
        Assert.Equal(1UL, view.SourceLow);
        Assert.Equal(TestPackets.Address("2001:db8::1"), view.Source);
        Assert.Equal(TestPackets.Address("fe80::2"), view.Destination);
    }

    [Theory]
    [InlineData(0x0000, false)]
    [InlineData(0x2000, false)] // the first of several
    [InlineData(0x4000, false)] // don't fragment
    [InlineData(0x2001, true)]
    [InlineData(0x1FFF, true)]
    public void A_later_IPv4_fragment_is_seen(int field, bool later)
    {
        Assert.True(IpHeader.TryRead(TestPackets.V4("10.0.0.1", "10.0.0.2", fragment: (ushort)field), out var view));
        Assert.Equal(later, view.IsFragment);
    }

    [Theory]
    [InlineData(0x0000, false)]
    [InlineData(0x0001, false)] // the first of several
    [InlineData(0x0008, true)]
    public void A_later_IPv6_fragment_is_seen(int field, bool later)
    {
        var packet = TestPackets.V6("2001:db8::1", "2001:db8::2", IpHeader.NextHeaderFragment, data: [17, 0, (byte)(field >> 8), (byte)field, 0, 0, 0, 1]);
        Assert.True(IpHeader.TryRead(packet, out var view));
        Assert.Equal(later, view.IsFragment);
    }

    [Fact]
    public void A_packet_cut_off_within_its_header_is_malformed()
    {
        var v4 = TestPackets.V4("10.0.0.1", "10.0.0.2", options: 4);
        for (var length = 0; length < 24; length++) Assert.False(IpHeader.TryRead(v4.AsSpan(0, length), out _));
        Assert.True(IpHeader.TryRead(v4, out _));
        var v6 = TestPackets.V6("2001:db8::1", "2001:db8::2");
        for (var length = 0; length < 40; length++) Assert.False(IpHeader.TryRead(v6.AsSpan(0, length), out _));
        Assert.True(IpHeader.TryRead(v6, out _));
    }

    [Fact]
    public void Other_versions_and_short_header_lengths_are_malformed()
    {
        var packet = TestPackets.V4("10.0.0.1", "10.0.0.2", data: new byte[60]);
        for (var first = 0; first < 256; first++)
        {
            packet[0] = (byte)first;
            Assert.Equal(first >> 4 == 6 || (first >> 4 == 4 && (first & 15) >= 5), IpHeader.TryRead(packet, out _));
        }
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(0, 19, false)]
    [InlineData(0, 20, true)]
    [InlineData(0, 65_535, true)]
    [InlineData(4, 20, false)]
    [InlineData(4, 23, false)]
    [InlineData(4, 24, true)]
    public void A_total_length_below_the_header_is_malformed_and_one_beyond_the_packet_is_for_the_caller(int options, int length, bool readable)
    {
        var packet = TestPackets.V4("10.0.0.1", "10.0.0.2", options: options);
        packet[2] = (byte)(length >> 8);
        packet[3] = (byte)length;
        Assert.Equal(readable, IpHeader.TryRead(packet, out var view));
        if (readable) Assert.Equal(length, view.TotalLength);
    }

    [Fact]
    public void No_bytes_make_a_reader_throw()
    {
        var answer = new byte[IcmpUnreachable.MaxLengthInBytes];
        var property = Prop.ForAll(
            Gen.Elements<byte>(0x45, 0x46, 0x4F, 0x60, 0x6F, 0x00).ToArbitrary(),
            ArbMap.Default.ArbFor<byte[]>(),
            (first, tail) =>
            {
                byte[] packet = [first, .. tail];
                if (IpHeader.TryRead(packet, out var view) && view.TotalLength < view.HeaderLength) return false;
                Ecn.OuterTos(packet);
                Ecn.TryDecapsulate(3, packet);
                return IcmpUnreachable.TryBuild(packet, answer) <= answer.Length;
            });
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(120), property);
    }
}
