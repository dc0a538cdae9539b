using PfsVpn.Interop.Windows;
using PfsVpn.Packets;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Udp;

/// <summary>Families, sharing, closing and following routes, with sockets that are not Windows'.</summary>
public sealed class WindowsUdpSocketTests : IDisposable
{
    private const ulong Tunnel = 77;
    private static readonly EndpointAddress RemoteV4 = new(Address("203.0.113.5"), 9), RemoteV6 = new(Address("2001:db8::5"), 9);

    private readonly FakeWinsockPort _v4 = new(), _v6 = new();
    private readonly FakeNetwork _network = new();
    private readonly WindowsUdpSocket _socket;

    public WindowsUdpSocketTests() => _socket = Open(new UdpBinding(51820));

    public void Dispose() => _socket.Dispose();

    [Fact]
    public void Each_family_has_its_socket_and_its_receiver()
    {
        _socket.Send(new byte[10], new Endpoint(RemoteV4), 0);
        _socket.Send(new byte[20], new Endpoint(RemoteV6), 0);
        Assert.Equal((10, RemoteV4), (_v4.Sent[0].Data.Length, _v4.Sent[0].To));
        Assert.Equal((20, RemoteV6), (_v6.Sent[0].Data.Length, _v6.Sent[0].To));
        using var batch = new PacketBatch(1 << 20, 4);
        _v6.Arrive(new(new byte[30], RemoteV6));
        Assert.Equal(0, _socket.Receivers[0].Receive(batch, mayWait: false));
        Assert.Equal(1, _socket.Receivers[1].Receive(batch, mayWait: false));
    }

    [Fact]
    public async Task A_family_that_the_host_does_not_have_is_no_route_and_its_receiver_waits_until_it_is_woken()
    {
        var only = new WindowsUdpSocket(Channel(new FakeWinsockPort()), null, _network, new UdpBinding(9), 0);
        Assert.Equal(UdpSendResult.NoRoute, only.Send(new byte[10], new Endpoint(RemoteV6), 0));
        using var batch = new PacketBatch(1 << 20, 4);
        Assert.Equal(0, only.Receivers[1].Receive(batch, mayWait: true));
        foreach (var expected in (WaitResult[])[WaitResult.Interrupted, WaitResult.Closed])
        {
            var waiter = Task.Run(only.Receivers[1].Wait);
            await Task.Delay(20);
            Assert.False(waiter.IsCompleted);
            if (expected == WaitResult.Closed) only.Dispose();
            else only.Receivers[1].Interrupt();
            Assert.Equal(expected, await waiter);
        }
        Assert.True(only.IsReleased);
    }

    [Fact]
    public async Task Closing_wakes_who_waits_and_closes_the_sockets_when_nobody_is_inside()
    {
        var waiters = _socket.Receivers.Select(receiver => Task.Run(receiver.Wait)).ToArray();
        Assert.True(SpinWait.SpinUntil(() => _v4.IsPending && _v6.IsPending, 5000));
        _socket.Dispose();
        Assert.All(await Task.WhenAll(waiters), result => Assert.Equal(WaitResult.Closed, result));
        Assert.True(_socket.IsReleased && _v4.IsDisposed && _v6.IsDisposed);
        Assert.Equal(UdpSendResult.Failed, _socket.Send(new byte[10], new Endpoint(RemoteV4), 0));
        Assert.Equal(WaitResult.Closed, _socket.Receivers[0].Wait());
        _socket.Receivers[0].Interrupt();
        _socket.FollowRoutes();
        _socket.Dispose();
        Assert.Empty(_v4.Sent);
    }

    [Fact]
    public async Task A_socket_is_not_closed_while_a_send_is_inside()
    {
        using ManualResetEventSlim inside = new(), leave = new();
        _v4.Judge = _ =>
        {
            inside.Set();
            leave.Wait();
            return 0;
        };
        var sender = Task.Run(() => _socket.Send(new byte[10], new Endpoint(RemoteV4), 0));
        inside.Wait();
        _socket.Dispose();
        Assert.False(_socket.IsReleased || _v4.IsDisposed);
        leave.Set();
        Assert.Equal(UdpSendResult.Sent, await sender);
        Assert.True(_socket.IsReleased && _v4.IsDisposed);
    }

    [Fact]
    public void One_beside_another_shares_its_sockets_with_the_receive_that_is_pending()
    {
        using var batch = new PacketBatch(1 << 20, 4);
        _socket.Receivers[0].Receive(batch, mayWait: true);
        Assert.True(_socket.TryShare(out var v4, out var v6));
        var beside = new WindowsUdpSocket(v4, v6, _network, new UdpBinding(51820) { Device = "radio" }, 9);
        _socket.Dispose();
        Assert.True(_socket.IsReleased);
        Assert.False(_v4.IsDisposed);
        _v4.Arrive(new(new byte[7], RemoteV4, new LocalSource(Address("192.0.2.1"), 9)));
        Assert.Equal(1, beside.Receivers[0].Receive(batch, mayWait: false));
        Assert.Equal(UdpSendResult.Sent, beside.Send(new byte[10], new Endpoint(RemoteV4), 0));
        Assert.Equal(9u, _v4.Interfaces[^1]);
        beside.Dispose();
        Assert.True(_v4.IsDisposed && _v6.IsDisposed);
        Assert.False(beside.TryShare(out _, out _));
    }

    [Fact]
    public void The_sockets_send_by_the_default_route_and_follow_it()
    {
        Assert.Empty(_v4.Interfaces);
        _network.Routes = [Default(5, 20), Default(9, 50)];
        _socket.FollowRoutes();
        _socket.FollowRoutes();
        _network.Routes = [Default(9, 50)];
        _socket.FollowRoutes();
        _network.Routes = [];
        _socket.FollowRoutes();
        Assert.Equal([5u, 9u, 0u], _v4.Interfaces);
        Assert.Empty(_v6.Interfaces);
        _v4.RefusesInterfaces = true;
        _network.Routes = [Default(5, 20), Default(Tunnel, 40, 1)];
        _socket.FollowRoutes();
        _socket.Send(new byte[10], new Endpoint(RemoteV4), 0);
        Assert.Equal(5u, _v4.Sent[0].Named.InterfaceIndex);
    }

    [Fact]
    public void Where_routes_cannot_be_read_everything_stays_as_it_was()
    {
        _network.Routes = [Default(5, 20), Default(Tunnel, 40, 1)];
        _socket.FollowRoutes();
        _network.IsSilent = true;
        _socket.FollowRoutes();
        Assert.Equal([5u], _v4.Interfaces);
    }

    [Fact]
    public void Bound_to_an_interface_that_the_system_refuses_nothing_leaves_by_another()
    {
        var refusing = new FakeWinsockPort { RefusesInterfaces = true };
        using var bound = new WindowsUdpSocket(Channel(new FakeWinsockPort()), Channel(refusing), _network, new UdpBinding(9) { Device = "radio" }, 9);
        Assert.Equal(UdpSendResult.Sent, bound.Send(new byte[10], new Endpoint(RemoteV4), 0));
        Assert.Equal(UdpSendResult.NoRoute, bound.Send(new byte[10], new Endpoint(RemoteV6), 0));
        Assert.Empty(refusing.Sent);
    }

    [Fact]
    public void Bound_to_an_interface_nothing_else_is_followed()
    {
        _network.Routes = [Default(5, 20)];
        _network.Index = 9;
        using var bound = new WindowsUdpSocket(Channel(new FakeWinsockPort()), null, _network, new UdpBinding(9) { Device = "radio" }, 9);
        Assert.True(bound.HoldsDevice());
        _network.Index = 10;
        Assert.False(bound.HoldsDevice());
        var remote = new Endpoint(RemoteV4, new LocalSource(Address("192.0.2.1"), 9));
        Assert.True(bound.IsSourceValid(remote));
        _network.Addresses = [Address("192.0.2.2")];
        bound.FollowRoutes();
        Assert.False(bound.IsSourceValid(remote));
        Assert.True(_socket.HoldsDevice());
    }

    [Fact]
    public void Sources_are_judged_by_the_latest_routes()
    {
        var remote = new Endpoint(RemoteV4, new LocalSource(Address("192.0.2.1"), 9));
        _network.Routes = [Default(9, 50)];
        _socket.FollowRoutes();
        Assert.True(_socket.IsSourceValid(remote));
        _network.Routes = [Default(5, 20), Default(9, 50)];
        Assert.True(_socket.IsSourceValid(remote));
        _socket.FollowRoutes();
        Assert.False(_socket.IsSourceValid(remote));
    }

    [Fact]
    public void A_mark_is_taken_and_has_no_effect() => Assert.Equal((0, 0), (_socket.SetMark(0), _socket.SetMark(1)));

    [Theory]
    [InlineData(WinsockError.WSAEADDRINUSE, 98)]
    [InlineData(WinsockError.WSAEACCES, 98)]
    [InlineData(WinsockError.WSAEADDRNOTAVAIL, 99)]
    [InlineData(WinsockError.WSAEAFNOSUPPORT, 97)]
    [InlineData(WinsockError.WSAENETDOWN, 5)]
    public void Errors_of_binding_are_told_by_the_numbers_that_wg_knows(int error, int errno) => Assert.Equal(errno, WindowsBindError.From(new UdpBinding(9), error).Errno);

    [Fact]
    public void Offloads_are_those_that_all_families_have()
    {
        Assert.Equal(new UdpOffloads(true, true), _socket.Offloads);
        var weaker = new WindowsUdpChannel(new FakeWinsockPort(), new WindowsUdpAbilities(false, true, true));
        using var both = new WindowsUdpSocket(Channel(new FakeWinsockPort()), weaker, _network, new UdpBinding(9), 0);
        Assert.Equal(new UdpOffloads(false, true), both.Offloads);
    }

    private WindowsUdpSocket Open(UdpBinding binding) => new(Channel(_v4), Channel(_v6), _network, binding, 0);

    private static WindowsUdpChannel Channel(FakeWinsockPort port) => new(port, new WindowsUdpAbilities(gso: true, gro: true, ecn: true));

    private static WindowsRoute Default(uint index, ulong metric) => Default(index, index, metric);

    private static WindowsRoute Default(ulong luid, uint index, ulong metric) => new(new IpPrefix(new IpAddress(0), 0), luid, index, metric, IsUp: true);

    private static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new FormatException(text);

    private sealed class FakeNetwork : IWindowsNetwork
    {
        public WindowsRoute[] Routes { get; set; } = [];

        public IpAddress[] Addresses { get; set; } = [];

        public uint Index { get; set; }

        /// <summary>Whether routes cannot be read.</summary>
        public bool IsSilent { get; set; }

        public WindowsHostNetwork? Read(bool avoidsTunnel) => IsSilent ? null : new(Routes, Addresses, avoidsTunnel ? Tunnel : 0, static _ => false);

        public uint IndexOf(string device) => Index;
    }
}
