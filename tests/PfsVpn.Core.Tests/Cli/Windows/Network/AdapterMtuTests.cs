using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Packets;
using PfsVpn.Timers;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>The MTU of a tunnel by the routes of a Windows machine.</summary>
public sealed class AdapterMtuTests
{
    private const ulong Mobile = 8;

    [Theory]
    [InlineData("198.51.100.7", 1420)]
    [InlineData("10.1.2.3", 8920)]
    [InlineData("2001:db8::1", 1320)]
    [InlineData("198.51.100.7 10.1.2.3", 8920)]
    [InlineData("", 1420)]
    public void The_longest_route_decides_and_the_largest_of_several_endpoints(string endpoints, int mtu)
    {
        var network = new FakeNetwork();
        network.AddLink(Mobile, "Mobile", mtu: 1400, metric: 5);
        network.AddLink(FakeNetwork.Wifi, "Wi-Fi", mtu: 9000, metric: 50);
        network.RouteRows.Add(FakeNetwork.Route(Mobile, "::/0", 0, "fe80::1"));
        network.RouteRows.Add(FakeNetwork.Route(FakeNetwork.Wifi, "10.0.0.0/8", 500));
        Assert.Equal(mtu, AdapterMtu.OfPaths(network, Parse(endpoints), FakeNetwork.Tunnel));
    }

    [Theory]
    [InlineData(0u, 5u, 1320)]
    [InlineData(25u, 5u, 1420)]
    [InlineData(20u, 4u, 1320)]
    public void Among_equal_routes_the_sum_of_the_metrics_decides(uint route, uint link, int mtu)
    {
        var network = new FakeNetwork();
        network.AddLink(Mobile, "Mobile", mtu: 1400, metric: link);
        network.RouteRows.Add(FakeNetwork.Route(Mobile, "0.0.0.0/0", route, "10.0.0.1"));
        Assert.Equal(mtu, AdapterMtu.OfPaths(network, Parse("198.51.100.7"), FakeNetwork.Tunnel));
    }

    [Fact]
    public void Neither_the_tunnel_s_own_route_nor_one_of_an_adapter_that_is_not_up_counts()
    {
        var network = new FakeNetwork();
        network.AddTunnel();
        network.AddLink(Mobile, "Mobile", mtu: 1400, metric: 1, isUp: false);
        network.RouteRows.Add(FakeNetwork.Route(FakeNetwork.Tunnel, "0.0.0.0/0", 0));
        network.RouteRows.Add(FakeNetwork.Route(Mobile, "198.51.100.0/24", 0));
        Assert.Equal(1420, AdapterMtu.OfPaths(network, Parse("198.51.100.7"), FakeNetwork.Tunnel));
    }

    [Fact]
    public void Without_a_route_it_is_the_default_one_s_or_the_usual_one()
    {
        using var world = new WindowsWorld();
        var network = world.Network;
        network.AddLink(FakeNetwork.Ethernet, "Ethernet", mtu: 1400, metric: 25);
        Assert.Equal(1320, AdapterMtu.OfPaths(network, Parse("2001:db8::1"), null));
        network.RouteRows.Clear();
        Assert.Null(AdapterMtu.OfPaths(network, Parse("198.51.100.7"), null));
        Assert.Equal(1420, AdapterMtu.Find(network, world.Parse("[Interface]\n" + WindowsWorld.Peer), null));
        // Loopback says four billion.
        network.AddLink(1, "Loopback", mtu: uint.MaxValue, metric: 75);
        network.RouteRows.Add(FakeNetwork.Route(1, "127.0.0.0/8", 256));
        Assert.Equal(65455, AdapterMtu.OfPaths(network, Parse("127.0.0.1"), null));
    }

    [Fact]
    public void It_follows_the_route()
    {
        var network = new FakeNetwork();
        network.AddTunnel();
        var said = new List<string>();
        var changes = new FakeChanges();
        var woken = 0;
        using var follower = new MtuFollower(network, "wg0", said.Add, changes, () => woken++);
        List<PeerPath> paths = [new(new EndpointAddress(FakeNetwork.Ip("198.51.100.7"), 1), IsConnected: true, [])];
        follower.Look(paths, At(1));
        Assert.Equal((1420u, 1420u), Mtus(network));
        Assert.Empty(said);

        network.AddLink(Mobile, "Mobile", mtu: 1300, metric: 1);
        network.RouteRows.Add(FakeNetwork.Route(Mobile, "0.0.0.0/0", 0, "10.0.0.1"));
        follower.Look(paths, At(5));
        Assert.Equal((1420u, 1420u), Mtus(network));
        changes.Tell();
        Assert.Equal(1, woken);
        follower.Look(paths, At(6));
        // IPv6 needs 1280.
        Assert.Equal((1220u, 1280u), Mtus(network));
        Assert.Equal(["the MTU is 1220 now"], said);

        // No network at all says nothing of the next one.
        var routes = network.RouteRows.ToList();
        network.RouteRows.Clear();
        changes.Tell();
        follower.Look(paths, At(7));
        Assert.Equal((1220u, 1280u), Mtus(network));
        network.RouteRows.AddRange(routes.Where(static row => row.Interface != Mobile));

        follower.Look(paths, At(20));
        Assert.Equal((1220u, 1280u), Mtus(network));
        follower.Look(paths, At(23));
        Assert.Equal((1420u, 1420u), Mtus(network));
        Assert.Equal(["the MTU is 1220 now", "the MTU is 1420 now"], said);

        // Another endpoint is looked at at once.
        network.RouteRows.Add(FakeNetwork.Route(Mobile, "203.0.113.0/24", 0));
        follower.Look([new(new EndpointAddress(FakeNetwork.Ip("203.0.113.1"), 1), IsConnected: true, [])], At(24));
        Assert.Equal((1220u, 1280u), Mtus(network));
        network.RemoveTunnel();
        changes.Tell();
        follower.Look(paths, At(25));
    }

    [Fact]
    public void Where_windows_tells_of_no_changes_it_looks_from_time_to_time()
    {
        var network = new FakeNetwork();
        network.AddTunnel();
        var said = new List<string>();
        using var follower = new MtuFollower(network, "wg0", said.Add, new FakeChanges { IsRefused = true });
        Assert.Equal(["the MTU follows routes only every 15 s: refused"], said);
        follower.Look([], At(1));
        Assert.Equal((1420u, 1420u), Mtus(network));
    }

    private static MonotonicTime At(int seconds) => default(MonotonicTime) + TimeSpan.FromSeconds(seconds);

    private static (uint V4, uint V6) Mtus(FakeNetwork network) => (network.Interface(FakeNetwork.Tunnel, isV4: true)!.Mtu, network.Interface(FakeNetwork.Tunnel, isV4: false)!.Mtu);

    private static IEnumerable<IpAddress> Parse(string endpoints) => endpoints.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(FakeNetwork.Ip);

    private sealed class FakeChanges : IIpChanges
    {
        private Action<IpChange>? _heard;

        public bool IsRefused { get; init; }

        public void Start(Action<IpChange> heard) => _heard = IsRefused ? throw new IOException("refused") : heard;

        public void Tell() => _heard!(default);

        public void Dispose() => _heard = null;
    }
}
