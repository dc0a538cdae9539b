using System.Buffers.Binary;
using PfsVpn.Packets;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Udp;

/// <summary>Control messages and addresses of Windows, byte by byte.</summary>
public sealed unsafe class WindowsControlMessagesTests
{
    [Fact]
    public void The_source_of_ipv4_is_an_in_pktinfo()
    {
        var control = stackalloc byte[WindowsControlMessages.Room];
        var length = WindowsControlMessages.WriteSource(control, isV4: true, Address("192.0.2.9"), 5);
        Assert.Equal("18000000000000000000000013000000" + "C0000209" + "05000000", Hex(control, length));
        WindowsControlMessages.Read(control, (uint)length, out var local, out var tos, out var segment);
        Assert.Equal((new LocalSource(Address("192.0.2.9"), 5), (byte)0, 0), (local, tos, segment));
    }

    [Fact]
    public void The_source_of_ipv6_is_an_in6_pktinfo()
    {
        var control = stackalloc byte[WindowsControlMessages.Room];
        var length = WindowsControlMessages.WriteSource(control, isV4: false, Address("fd00::1234"), 7);
        Assert.Equal("24000000000000002900000013000000" + "FD000000000000000000000000001234" + "07000000", Hex(control, 36));
        Assert.Equal(40, length);
        WindowsControlMessages.Read(control, (uint)length, out var local, out _, out _);
        Assert.Equal(new LocalSource(Address("fd00::1234"), 7), local);
    }

    [Fact]
    public void An_interface_may_be_named_without_source_and_neither_is_no_message()
    {
        var control = stackalloc byte[WindowsControlMessages.Room];
        Assert.Equal(0, WindowsControlMessages.WriteSource(control, isV4: true, default, 0));
        Assert.Equal(24, WindowsControlMessages.WriteSource(control, isV4: true, default, 4));
        Assert.Equal("0000000004000000", Hex(control + 16, 8));
        Assert.Equal(40, WindowsControlMessages.WriteSource(control, isV4: false, default, 4));
        Assert.Equal(new string('0', 32) + "04000000", Hex(control + 16, 20));
    }

    [Theory]
    [InlineData(0x88, "")]
    [InlineData(0x02, "14000000000000000000000032000000" + "02000000")]
    [InlineData(0x8B, "14000000000000000000000032000000" + "03000000")]
    public void Of_the_tos_octet_the_two_bits_of_congestion_notification_are_sent(byte tos, string expected)
    {
        var control = stackalloc byte[WindowsControlMessages.Room];
        var length = WindowsControlMessages.WriteEcn(control, isV4: true, tos);
        Assert.Equal(expected.Length == 0 ? 0 : 24, length);
        Assert.Equal(expected, Hex(control, expected.Length / 2));
    }

    [Fact]
    public void The_length_of_segments_is_four_bytes()
    {
        var control = stackalloc byte[WindowsControlMessages.Room];
        Assert.Equal(24, WindowsControlMessages.WriteSegmentLength(control, 1452));
        Assert.Equal("14000000000000001100000002000000" + "AC050000", Hex(control, 20));
    }

    [Fact]
    public void All_that_a_system_tells_is_read_and_what_nobody_asked_for_is_passed_over()
    {
        // IP_TTL; IP_PKTINFO; IP_TOS as 4 bytes; IP_ECN; UDP_COALESCED_INFO.
        var control = Convert.FromHexString(
            "1400000000000000" + "0000000004000000" + "4000000000000000"
            + "1800000000000000" + "0000000013000000" + "C000020909000000"
            + "1400000000000000" + "0000000003000000" + "8A00000000000000"
            + "1400000000000000" + "0000000032000000" + "0200000000000000"
            + "1400000000000000" + "1100000003000000" + "AC05000000000000");
        fixed (byte* start = control)
        {
            WindowsControlMessages.Read(start, (uint)control.Length, out var local, out var tos, out var segment);
            Assert.Equal((new LocalSource(Address("192.0.2.9"), 9), (byte)0x8A, 1452), (local, tos, segment));
        }
    }

    [Theory]
    [InlineData("0F00000000000000" + "0000000013000000" + "C000020909000000")]
    [InlineData("1900000000000000" + "0000000013000000" + "C000020909000000")]
    [InlineData("FFFFFFFFFFFFFFFF" + "0000000013000000" + "C000020909000000")]
    [InlineData("1000000000000000" + "0000000013000000")]
    [InlineData("1700000000000000" + "0000000013000000" + "C000020909000000")]
    [InlineData("1800000000000000" + "0000000013")]
    [InlineData("1300000000000000" + "1100000003000000" + "AC0500")]
    [InlineData("1400000000000000" + "1100000003000000" + "FFFFFFFF00000000")]
    public void What_is_cut_off_or_too_short_says_nothing(string hex)
    {
        var control = Convert.FromHexString(hex);
        fixed (byte* start = control)
        {
            WindowsControlMessages.Read(start, (uint)control.Length, out var local, out var tos, out var segment);
            Assert.Equal((default(LocalSource), (byte)0, 0), (local, tos, segment));
        }
    }

    [Fact]
    public void Nothing_is_read_beyond_the_end_whatever_the_bytes_are()
    {
        var random = new Random(20);
        var control = new byte[WindowsControlMessages.Room];
        fixed (byte* start = control)
        {
            for (var round = 0; round < 20_000; round++)
            {
                random.NextBytes(control);
                for (var at = 0; at + 16 <= control.Length; at += 8)
                {
                    if (random.Next(3) != 0) continue;
                    BinaryPrimitives.WriteInt64LittleEndian(control.AsSpan(at), random.Next(0, 60));
                    BinaryPrimitives.WriteInt32LittleEndian(control.AsSpan(at + 8), random.Next(2) == 0 ? 0 : 41);
                    BinaryPrimitives.WriteInt32LittleEndian(control.AsSpan(at + 12), random.Next(2) == 0 ? 19 : 50);
                }
                var length = random.Next(control.Length + 1);
                var end = start + (control.Length - length);
                WindowsControlMessages.Read(end, (uint)length, out _, out _, out _);
            }
        }
    }

    [Fact]
    public void Addresses_are_written_as_winsock_has_them_and_read_back()
    {
        var buffer = stackalloc byte[WindowsSocketAddress.Room];
        var v4 = new EndpointAddress(Address("192.0.2.9"), 51820);
        Assert.Equal(16, WindowsSocketAddress.Write(buffer, v4));
        Assert.Equal("0200CA6CC00002090000000000000000", Hex(buffer, 16));
        Assert.Equal(v4, WindowsSocketAddress.Read(buffer));
        var v6 = new EndpointAddress(Address("fe80::1"), 51820, 12);
        Assert.Equal(28, WindowsSocketAddress.Write(buffer, v6));
        Assert.Equal("1700CA6C00000000FE8000000000000000000000000000010C000000", Hex(buffer, 28));
        Assert.Equal(v6, WindowsSocketAddress.Read(buffer));
    }

    [Fact]
    public void The_scope_of_an_address_that_is_not_link_local_makes_no_other_endpoint_of_it()
    {
        var buffer = stackalloc byte[WindowsSocketAddress.Room];
        WindowsSocketAddress.Write(buffer, new EndpointAddress(Address("2001:db8::1"), 51820, 12));
        Assert.Equal(new EndpointAddress(Address("2001:db8::1"), 51820), WindowsSocketAddress.Read(buffer));
    }

    private static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new FormatException(text);

    private static string Hex(byte* bytes, int length) => Convert.ToHexString(new ReadOnlySpan<byte>(bytes, length));
}
