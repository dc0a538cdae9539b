using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Udp;
using static PfsVpn.Interop.Windows.WinsockError;

namespace PfsVpn.Tests.Udp;

/// <summary>What is handed to Winsock for a batch, and what follows each of its errors.</summary>
public sealed unsafe class WindowsUdpSenderTests : IDisposable
{
    private const byte Ect0 = 2;

    /// <summary>Another one for each test, as a thread remembers what was refused on the way to a remote.</summary>
    private static int _nextPort;
    private static readonly WindowsWay Plain = new(true, default, 0, 0, false);
    private static readonly WindowsWay Sticky = new(true, Address("192.0.2.2"), 5, 9, false);

    private readonly EndpointAddress _remote = new(Address("203.0.113.5"), (ushort)Interlocked.Increment(ref _nextPort));
    private readonly FakeWinsockPort _port = new();
    private readonly WindowsUdpAbilities _all = new(gso: true, gro: true, ecn: true);

    public void Dispose() => _port.Dispose();

    [Fact]
    public void Runs_of_equal_length_and_tos_are_one_message_whose_last_may_be_shorter()
    {
        Assert.Equal(UdpSendResult.Sent, Send(Plain, _all, (1452, 0), (1452, 0), (700, 0), (700, 0), (700, Ect0), (700, Ect0), (0, 0), (900, 0)));
        Assert.Equal([(3604, 1452, 0), (700, 0, 0), (1400, 700, Ect0), (0, 0, 0), (900, 0, 0)], _port.Sent.Select(sent => (sent.Data.Length, sent.Segment, (int)sent.Ecn)));
        Assert.All(_port.Sent, sent => Assert.Equal((_remote, default), (sent.To, sent.Named)));
    }

    [Fact]
    public void The_bytes_of_a_run_are_those_of_its_datagrams_and_touching_ones_are_one_part()
    {
        using var batch = new PacketBatch(65_536, 16);
        var expected = new List<byte>();
        for (var index = 0; index < 6; index++)
        {
            // The third does not touch the second.
            var offset = (index * 100) + (index >= 2 ? 64 : 0);
            var packet = Packet.Pattern(100, index);
            packet.CopyTo(new Span<byte>(batch.Memory + offset, 100));
            expected.AddRange(packet);
            batch.TryAddOutput(offset, 100);
        }
        Assert.Equal(UdpSendResult.Sent, WindowsUdpSender.Current.Send(_port, _all, batch, 1, 5, _remote, Plain));
        var sent = Assert.Single(_port.Sent);
        Assert.Equal(expected[100..], sent.Data);
        Assert.Equal((100, 2), (sent.Segment, sent.Parts));
    }

    [Fact]
    public void A_run_has_64_datagrams_and_64_kib_at_most()
    {
        Send(Plain, _all, [.. Enumerable.Repeat((100, 0), 130)]);
        Assert.Equal([6400, 6400, 200], _port.Sent.Select(sent => sent.Data.Length));
        _port.Sent.Clear();
        Send(Plain, _all, [.. Enumerable.Repeat((1452, 0), 60)]);
        Assert.Equal([45 * 1452, 15 * 1452], _port.Sent.Select(sent => sent.Data.Length));
    }

    [Fact]
    public void Without_the_offload_each_datagram_is_a_message()
    {
        Assert.Equal(UdpSendResult.Sent, Send(Plain, new WindowsUdpAbilities(false, false, true), (1452, 0), (1452, 0), (1452, 0)));
        Assert.Equal([(1452, 0), (1452, 0), (1452, 0)], _port.Sent.Select(sent => (sent.Data.Length, sent.Segment)));
    }

    [Theory]
    [InlineData(WSAEINVAL)]
    [InlineData(WSAEOPNOTSUPP)]
    [InlineData(WSAENOPROTOOPT)]
    public void A_system_that_refuses_runs_gets_datagrams_from_then_on(int error)
    {
        _port.Judge = departure => departure.Segment != 0 ? error : 0;
        Assert.Equal(UdpSendResult.Sent, Send(Plain, _all, (100, 0), (100, 0), (100, 0)));
        Assert.Equal(3, _port.Sent.Count);
        Assert.False(_all.Gso);
        Assert.True(_all.Ecn);
    }

    [Fact]
    public void Runs_that_are_too_long_for_a_route_are_sent_one_by_one_and_shorter_ones_are_not()
    {
        _port.Judge = departure => departure.Segment > 1000 ? WSAEMSGSIZE : 0;
        for (var call = 0; call < 2; call++)
        {
            _port.Sent.Clear();
            Assert.Equal(UdpSendResult.Sent, Send(Plain, _all, (1452, 0), (1452, 0), (900, 0), (900, 0)));
            Assert.Equal([(1452, 0), (1452, 0), (1800, 900)], _port.Sent.Select(sent => (sent.Data.Length, sent.Segment)));
        }
        Assert.True(_all.Gso);
    }

    [Fact]
    public void The_sticky_source_is_named_with_its_interface()
    {
        Assert.Equal(UdpSendResult.Sent, Send(Sticky, _all, (100, Ect0), (100, Ect0)));
        Assert.Equal((new LocalSource(Address("192.0.2.2"), 5), Ect0, 100), (_port.Sent[0].Named, _port.Sent[0].Ecn, _port.Sent[0].Segment));
    }

    [Theory]
    [InlineData(WSAEINVAL)]
    [InlineData(WSAEADDRNOTAVAIL)]
    [InlineData(WSAENETUNREACH)]
    [InlineData(WSAEHOSTUNREACH)]
    public void A_source_that_the_system_refuses_is_let_go_and_nothing_else_with_it(int error)
    {
        _port.Judge = departure => departure.Named.IsNone || departure.Named.Address == new IpAddress(0) ? 0 : error;
        Assert.Equal(UdpSendResult.SentWithoutSource, Send(Sticky, _all, (100, Ect0), (100, Ect0)));
        var sent = Assert.Single(_port.Sent);
        Assert.Equal((new LocalSource(new IpAddress(0), 9), Ect0, 100), (sent.Named, sent.Ecn, sent.Segment));
        Assert.True(_all.Gso && _all.Ecn);
    }

    [Fact]
    public void Congestion_notification_that_the_system_refuses_is_given_up()
    {
        _port.Judge = departure => departure.Ecn != 0 ? WSAEINVAL : 0;
        Assert.Equal(UdpSendResult.Sent, WindowsUdpSender.Current.Send(_port, _all, new byte[100], Ect0, _remote, Sticky));
        Assert.Equal((byte)0, Assert.Single(_port.Sent).Ecn);
        Assert.Equal((true, false), (_all.Gso, _all.Ecn));
    }

    [Fact]
    public void Where_only_the_tunnel_leads_nothing_is_sent()
    {
        Assert.Equal(UdpSendResult.NoRoute, Send(Plain with { IsBlocked = true }, _all, (100, 0)));
        Assert.Equal(UdpSendResult.NoRoute, WindowsUdpSender.Current.Send(_port, _all, new byte[9], 0, _remote, Plain with { IsBlocked = true }));
        Assert.Equal(WSAENETUNREACH, WindowsUdpSender.Current.LastErrno);
        Assert.Empty(_port.Sent);
    }

    [Theory]
    [InlineData(WSAENETUNREACH, true, 0)]
    [InlineData(WSAEHOSTUNREACH, true, 0)]
    [InlineData(WSAENETDOWN, true, 0)]
    [InlineData(WSAEACCES, false, 1)]
    [InlineData(WSAENOTSOCK, false, 0)]
    [InlineData(WSAEMSGSIZE, false, 1)]
    public void An_error_is_told_and_its_number_kept(int error, bool isNoRoute, int sentAfterwards)
    {
        _port.RefuseNext(error);
        Assert.Equal(isNoRoute ? UdpSendResult.NoRoute : UdpSendResult.Failed, Send(Plain, _all, (100, 0), (200, 0)));
        Assert.Equal(sentAfterwards, _port.Sent.Count);
        Assert.Equal(error, WindowsUdpSender.Current.LastErrno);
    }

    [Fact]
    public void A_full_queue_of_the_interface_is_a_loss_on_the_way()
    {
        _port.RefuseNext(WSAENOBUFS);
        Assert.Equal(UdpSendResult.Sent, Send(Plain, _all, (100, 0), (200, 0)));
        Assert.Equal(200, Assert.Single(_port.Sent).Data.Length);
    }

    [Fact]
    public void A_full_send_buffer_is_waited_for_once()
    {
        _port.RefuseNext(WSAEWOULDBLOCK);
        Assert.Equal(UdpSendResult.Sent, Send(Plain, _all, (100, 0)));
        Assert.Equal((1, 1), (_port.Sent.Count, _port.RoomWaits));
        _port.RefuseNext(WSAEWOULDBLOCK, WSAEWOULDBLOCK);
        Assert.Equal(UdpSendResult.Failed, Send(Plain, _all, (100, 0), (200, 0)));
        _port.HasRoom = false;
        _port.RefuseNext(WSAEWOULDBLOCK);
        Assert.Equal(UdpSendResult.Failed, Send(Plain, _all, (100, 0), (200, 0)));
        Assert.Equal((1, 3), (_port.Sent.Count, _port.RoomWaits));
        Assert.Equal(WSAEWOULDBLOCK, WindowsUdpSender.Current.LastErrno);
    }

    [Fact]
    public void Errors_of_earlier_datagrams_are_passed_over_some_times()
    {
        _port.RefuseNext(WSAECONNRESET, WSAENETRESET, WSAECONNRESET);
        Assert.Equal(UdpSendResult.Sent, Send(Plain, _all, (100, 0)));
        _port.RefuseNext([.. Enumerable.Repeat(WSAECONNRESET, 9)]);
        Assert.Equal(UdpSendResult.Failed, Send(Plain, _all, (100, 0)));
        Assert.Single(_port.Sent);
    }

    [Fact]
    public void A_family_that_the_host_does_not_have_is_no_route()
    {
        Assert.Equal(UdpSendResult.NoRoute, WindowsUdpSender.Current.RefuseFamily());
        Assert.Equal(WSAEAFNOSUPPORT, WindowsUdpSender.Current.LastErrno);
    }

    private UdpSendResult Send(WindowsWay way, WindowsUdpAbilities abilities, params (int Length, int Tos)[] datagrams)
    {
        using var batch = new PacketBatch(1 << 20, 256);
        var offset = PacketBatch.HeaderRoom;
        foreach (var (length, tos) in datagrams)
        {
            batch.TryAddOutput(offset, length, (byte)tos);
            offset += length + 64;
        }
        new Span<byte>(batch.Memory, offset).Clear();
        return WindowsUdpSender.Current.Send(_port, abilities, batch, 0, datagrams.Length, _remote, way);
    }

    private static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new FormatException(text);
}
