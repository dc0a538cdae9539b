using System.Buffers.Binary;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Packets;

public sealed class EcnTests
{
    private const byte NotEct = 0;
    private const byte Ect1 = 1;
    private const byte Ect0 = 2;
    private const byte Ce = 3;
    private const byte Dscp = 0xB8;

    /// <summary>Inner, outer, and what the inner becomes: the table of RFC 6040 §4.2, but that CE around Not-ECT is delivered as it is.</summary>
    public static TheoryData<byte, byte, byte> Decapsulation => new()
    {
        { NotEct, NotEct, NotEct }, { NotEct, Ect0, NotEct }, { NotEct, Ect1, NotEct }, { NotEct, Ce, NotEct },
        { Ect0, NotEct, Ect0 }, { Ect0, Ect0, Ect0 }, { Ect0, Ect1, Ect1 }, { Ect0, Ce, Ce },
        { Ect1, NotEct, Ect1 }, { Ect1, Ect0, Ect1 }, { Ect1, Ect1, Ect1 }, { Ect1, Ce, Ce },
        { Ce, NotEct, Ce }, { Ce, Ect0, Ce }, { Ce, Ect1, Ce }, { Ce, Ce, Ce },
    };

    [Theory]
    [InlineData(NotEct, NotEct)]
    [InlineData(Ect1, Ect1)]
    [InlineData(Ect0, Ect0)]
    [InlineData(Ce, Ect0)]
    public void The_outer_header_gets_the_inner_field_but_no_CE_and_no_DSCP(byte inner, byte outer)
    {
        Assert.Equal(outer, Ecn.OuterTos(TestPackets.V4("10.0.0.1", "10.0.0.2", tos: (byte)(Dscp | inner))));
        Assert.Equal(outer, Ecn.OuterTos(TestPackets.V6("2001:db8::1", "2001:db8::2", tos: (byte)(Dscp | inner))));
    }

    [Theory]
    [MemberData(nameof(Decapsulation))]
    public void The_outer_field_is_combined_into_an_IPv4_header_and_its_checksum(byte inner, byte outer, byte result)
    {
        var packet = TestPackets.V4("10.0.0.1", "10.0.0.2", tos: (byte)(Dscp | inner), options: 4, data: [1, 2]);
        Assert.True(Ecn.TryDecapsulate((byte)(0x88 | outer), packet));
        Assert.Equal(TestPackets.V4("10.0.0.1", "10.0.0.2", tos: (byte)(Dscp | result), options: 4, data: [1, 2]), packet);
    }

    [Theory]
    [MemberData(nameof(Decapsulation))]
    public void The_outer_field_is_combined_into_an_IPv6_header(byte inner, byte outer, byte result)
    {
        var packet = TestPackets.V6("2001:db8::1", "2001:db8::2", tos: (byte)(Dscp | inner), data: [1, 2]);
        Assert.True(Ecn.TryDecapsulate((byte)(0x88 | outer), packet));
        Assert.Equal(TestPackets.V6("2001:db8::1", "2001:db8::2", tos: (byte)(Dscp | result), data: [1, 2]), packet);
    }

    [Fact]
    public void A_wrong_checksum_stays_wrong()
    {
        var packet = TestPackets.V4("10.0.0.1", "10.0.0.2", tos: Ect0);
        packet[10] ^= 0x40;
        Assert.True(Ecn.TryDecapsulate(Ce, packet));
        Assert.NotEqual(TestPackets.Checksum(WithoutChecksum(packet)), BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(10)));
    }

    [Fact]
    public void What_is_not_IP_is_left_alone()
    {
        byte[][] packets = [[], [0x45, 2], [0x60, 0x20], [.. new byte[40]]];
        foreach (var packet in packets)
        {
            var before = packet.ToArray();
            Assert.Equal(0, Ecn.OuterTos(packet));
            Assert.False(Ecn.TryDecapsulate(Ce, packet));
            Assert.Equal(before, packet);
        }
    }

    private static byte[] WithoutChecksum(byte[] header)
    {
        var copy = header.ToArray();
        copy.AsSpan(10, 2).Clear();
        return copy;
    }
}
