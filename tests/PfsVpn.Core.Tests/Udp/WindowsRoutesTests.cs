using PfsVpn.Interop.Windows;
using PfsVpn.Packets;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Udp;

/// <summary>By which interface the datagrams of a tunnel leave a Windows host.</summary>
public sealed unsafe class WindowsRoutesTests
{
    private const ulong Tunnel = 0x0035_000001_000000, Other = 0x0035_000002_000000, Cable = 0x0006_000001_000000, Radio = 0x0047_000001_000000, Loop = 0x0018_000000_000000;
    private const uint TunnelIndex = 40, OtherIndex = 41, CableIndex = 5, RadioIndex = 9, LoopIndex = 1;

    private static readonly WindowsRoute[] Laptop =
    [
        Route("127.0.0.0/8", Loop, LoopIndex, 331),
        Route("0.0.0.0/0", Tunnel, TunnelIndex, 5),
        Route("0.0.0.0/0", Radio, RadioIndex, 50),
        Route("0.0.0.0/0", Cable, CableIndex, 25),
        Route("192.168.7.0/24", Radio, RadioIndex, 306),
        Route("10.0.0.0/8", Cable, CableIndex, 281),
        Route("10.66.0.0/16", Tunnel, TunnelIndex, 5),
        Route("::/0", Tunnel, TunnelIndex, 5),
        Route("fd00:66::/32", Tunnel, TunnelIndex, 5),
        Route("fd00:7::/32", Radio, RadioIndex, 306),
    ];

    [Fact]
    public void The_default_route_is_the_best_that_is_not_the_tunnels()
    {
        Assert.Equal((CableIndex, 0u), (Network().DefaultV4, Network().DefaultV6));
        Assert.Equal(0u, Network([]).DefaultV4);
    }

    [Fact]
    public void An_interface_that_is_not_connected_has_no_default_route()
    {
        WindowsRoute[] routes = [.. Laptop.Select(route => route.InterfaceLuid == Cable ? route with { IsUp = false } : route)];
        Assert.Equal(RadioIndex, Network(routes).DefaultV4);
    }

    [Fact]
    public void Of_equal_default_routes_the_first_is_taken_whichever_numbers_they_have()
    {
        WindowsRoute[] routes = [Route("0.0.0.0/0", Radio, RadioIndex, ulong.MaxValue - 1), Route("0.0.0.0/0", Cable, CableIndex, ulong.MaxValue - 1)];
        Assert.Equal(RadioIndex, Network(routes).DefaultV4);
    }

    [Theory]
    [InlineData("203.0.113.5", CableIndex, true)]
    [InlineData("192.168.7.5", RadioIndex, true)]
    [InlineData("10.66.1.1", CableIndex, true)]
    [InlineData("127.0.0.1", LoopIndex, true)]
    [InlineData("fd00:7::1", RadioIndex, true)]
    [InlineData("fd00:66::1", 0u, true)]
    public void A_remote_is_reached_by_the_longest_prefix_that_is_not_the_tunnels(string remote, uint expected, bool tunnelLeads)
    {
        Assert.Equal(expected, Network().FindInterface(Address(remote), RadioIndex, out var radioLeads, out var leads));
        Assert.Equal(tunnelLeads, leads);
        Assert.Equal(remote is "203.0.113.5" or "192.168.7.5" or "10.66.1.1" or "127.0.0.1" or "fd00:7::1", radioLeads);
    }

    [Theory]
    [InlineData("203.0.113.5", 0u, false)]
    [InlineData("10.1.1.1", 0u, false)]
    [InlineData("192.168.7.5", RadioIndex, false)]
    [InlineData("127.0.0.1", LoopIndex, false)]
    [InlineData("fd00:7::1", RadioIndex, false)]
    [InlineData("2001:db8::1", 0u, true)]
    public void The_interface_is_named_where_it_is_not_that_of_the_default_route(string remote, uint expected, bool isBlocked)
    {
        var endpoint = new Endpoint(new EndpointAddress(Address(remote), 9));
        var bound = endpoint.Remote.Address.IsV4 ? CableIndex : 0;
        Assert.Equal(new WindowsWay(endpoint.Remote.Address.IsV4, default, expected, expected, isBlocked), WindowsWay.Find(Network(), endpoint, bound));
    }

    [Fact]
    public void A_source_leaves_by_its_own_interface_where_that_leads_to_the_remote()
    {
        var remote = new EndpointAddress(Address("203.0.113.5"), 9);
        var radio = new LocalSource(Address("192.168.7.2"), RadioIndex);
        Assert.Equal(new WindowsWay(true, radio.Address, RadioIndex, 0, false), WindowsWay.Find(Network(), new Endpoint(remote, radio), CableIndex));
        var elsewhere = new LocalSource(Address("172.16.0.2"), 77);
        Assert.Equal(new WindowsWay(true, elsewhere.Address, 0, 0, false), WindowsWay.Find(Network(), new Endpoint(remote, elsewhere), CableIndex));
        var inside = new LocalSource(Address("10.66.0.2"), TunnelIndex);
        Assert.Equal(0u, WindowsWay.Find(Network(), new Endpoint(remote, inside), CableIndex).Interface);
    }

    [Fact]
    public void A_link_local_address_names_its_interface()
    {
        var remote = new EndpointAddress(Address("fe80::9"), 9, RadioIndex);
        Assert.Equal(new WindowsWay(false, default, RadioIndex, RadioIndex, false), WindowsWay.Find(Network(), new Endpoint(remote), 0));
        var source = new LocalSource(Address("fe80::2"), RadioIndex);
        Assert.Equal(new WindowsWay(false, source.Address, RadioIndex, RadioIndex, false), WindowsWay.Find(Network(), new Endpoint(remote, source), 0));
    }

    [Fact]
    public void Without_default_route_the_system_chooses_but_for_what_the_tunnel_would_take()
    {
        var network = Network([Route("192.168.7.0/24", Radio, RadioIndex, 1), Route("192.168.0.0/16", Tunnel, TunnelIndex, 1), Route("172.16.0.0/12", Cable, CableIndex, 1)]);
        Assert.Equal(0u, network.DefaultV4);
        Assert.Equal(new WindowsWay(true, default, 0, 0, false), Way(network, "172.16.0.1"));
        Assert.Equal(new WindowsWay(true, default, 0, 0, false), Way(network, "203.0.113.1"));
        Assert.Equal(new WindowsWay(true, default, RadioIndex, RadioIndex, false), Way(network, "192.168.7.1"));
        Assert.True(Way(network, "192.168.8.1").IsBlocked);
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("128.0.0.0/1")]
    [InlineData("64.0.0.0/3")]
    [InlineData("2000::/3")]
    public void Another_tunnel_that_leads_everywhere_is_no_way_out(string wide)
    {
        WindowsRoute[] routes = [Route(wide, Other, OtherIndex, 0), Route("203.0.113.0/24", Other, OtherIndex, 0), .. Laptop];
        Assert.Equal(CableIndex, Network(routes).DefaultV4);
        Assert.Equal(CableIndex, Network(routes).FindInterface(Address("203.0.113.5"), OtherIndex, out var otherLeads, out var tunnelLeads));
        Assert.Equal((false, true), (otherLeads, tunnelLeads));
        routes = [.. routes.Where(static route => route.InterfaceLuid is Tunnel or Other)];
        Assert.True(Way(Network(routes), "203.0.113.5").IsBlocked);
    }

    [Fact]
    public void Another_tunnel_that_leads_to_some_networks_may_carry_this_one()
    {
        WindowsRoute[] routes = [Route("203.0.113.0/24", Other, OtherIndex, 0), Route("224.0.0.0/4", Other, OtherIndex, 0), .. Laptop];
        Assert.Equal(OtherIndex, Network(routes).FindInterface(Address("203.0.113.5"), 0, out _, out _));
    }

    [Fact]
    public void An_adapter_of_ours_is_told_by_its_description()
    {
        Assert.True(WindowsNetwork.IsTunnel(Described("PfsVpn Tunnel")));
        Assert.True(WindowsNetwork.IsTunnel(Described("PfsVpn Tunnel #2")));
        Assert.False(WindowsNetwork.IsTunnel(Described("WireGuard Tunnel")));
        Assert.False(WindowsNetwork.IsTunnel(Described("")));

        static byte[] Described(string text)
        {
            var row = new byte[IpHlpApi.MIB_IF_ROW2_Size];
            System.Text.Encoding.Unicode.GetBytes(text, row.AsSpan(IpHlpApi.MIB_IF_ROW2_Description));
            return row;
        }
    }

    [Fact]
    public void The_host_itself_is_never_blocked()
    {
        var network = Network([Route("0.0.0.0/0", Tunnel, TunnelIndex, 1), Route("::/0", Tunnel, TunnelIndex, 1)], "10.66.0.2");
        foreach (var host in (string[])["127.0.0.1", "::1", "10.66.0.2"]) Assert.False(Way(network, host).IsBlocked);
        Assert.True(Way(network, "10.66.0.3").IsBlocked);
    }

    [Fact]
    public void Nothing_is_named_where_there_is_no_tunnel_to_keep_out_of()
    {
        var network = new WindowsHostNetwork(Laptop, [], 0, static _ => true);
        Assert.Equal((0u, 0u), (network.DefaultV4, network.DefaultV6));
        foreach (var remote in (string[])["203.0.113.5", "192.168.7.5", "10.66.1.1"]) Assert.Equal(new WindowsWay(true, default, 0, 0, false), Way(network, remote));
        Assert.Equal(new WindowsWay(true, default, 0, 0, false), Way(WindowsHostNetwork.Unknown, "203.0.113.5"));
    }

    [Fact]
    public void A_source_holds_while_it_is_the_hosts_and_the_best_route_leaves_by_its_interface()
    {
        var network = Network(Laptop, "192.168.7.2", "10.0.0.2", "fd00:7::2");
        Assert.True(Holds(network, "203.0.113.5", "10.0.0.2", CableIndex));
        Assert.False(Holds(network, "203.0.113.5", "192.168.7.2", RadioIndex));
        Assert.True(Holds(network, "192.168.7.9", "192.168.7.2", RadioIndex));
        Assert.False(Holds(network, "192.168.7.9", "192.168.7.3", RadioIndex));
        Assert.True(Holds(network, "fd00:7::9", "fd00:7::2", RadioIndex));
        Assert.True(Holds(network, "10.0.0.2", "10.0.0.2", LoopIndex));
        Assert.True(Holds(network, "127.0.0.1", "10.0.0.2", RadioIndex));
        Assert.True(network.IsSourceValid(new Endpoint(new EndpointAddress(Address("203.0.113.5"), 9))));
        Assert.True(Holds(WindowsHostNetwork.Unknown, "203.0.113.5", "192.0.2.1", 3));
    }

    [Fact]
    public void The_latest_way_is_remembered_until_anything_differs()
    {
        var memory = new WindowsWayMemory();
        var (network, later) = (Network(), Network([]));
        var (near, far) = (new Endpoint(new EndpointAddress(Address("192.168.7.5"), 9)), new Endpoint(new EndpointAddress(Address("203.0.113.5"), 9)));
        for (var twice = 0; twice < 2; twice++)
        {
            Assert.Equal(RadioIndex, memory.Find(network, near, CableIndex).Interface);
            Assert.Equal(0u, memory.Find(network, far, CableIndex).Interface);
            Assert.Equal(CableIndex, memory.Find(network, far, RadioIndex).Interface);
            Assert.Equal(0u, memory.Find(later, near, CableIndex).Interface);
        }
    }

    [Fact]
    public void Routes_of_the_system_have_the_metric_of_their_interface_in_that_family()
    {
        IpHlpApi.MIB_IPFORWARD_ROW2[] rows = [Row("0.0.0.0", 0, Cable, 5, 10), Row("10.1.0.0", 16, Radio, 9, uint.MaxValue), Row("fd00::", 64, Cable, 5, 7), default];
        var interfaces = new IpHlpApi.MIB_IPINTERFACE_ROW[2];
        interfaces[0] = new() { Family = IpHlpApi.AF_INET, InterfaceLuid = new NET_LUID(Cable), Metric = 25, Connected = 1 };
        interfaces[1] = new() { Family = IpHlpApi.AF_INET, InterfaceLuid = new NET_LUID(Radio), Metric = 50, Connected = 0 };
        WindowsRoute[] expected =
        [
            Route("0.0.0.0/0", Cable, 5, 35),
            Route("10.1.0.0/16", Radio, 9, uint.MaxValue + 50ul) with { IsUp = false },
            Route("fd00::/64", Cable, 5, 7),
        ];
        Assert.Equal(expected, WindowsNetwork.Convert(rows, interfaces));
    }

    private static IpHlpApi.MIB_IPFORWARD_ROW2 Row(string prefix, byte length, ulong luid, uint index, uint metric)
    {
        var row = new IpHlpApi.MIB_IPFORWARD_ROW2 { InterfaceLuid = new NET_LUID(luid), InterfaceIndex = index, Metric = metric };
        var address = Address(prefix);
        row.DestinationPrefix.PrefixLength = length;
        row.DestinationPrefix.Prefix.si_family = address.IsV4 ? IpHlpApi.AF_INET : IpHlpApi.AF_INET6;
        if (address.IsV4) address.Write(new Span<byte>(row.DestinationPrefix.Prefix.sin_addr, 4));
        else address.Write(new Span<byte>(row.DestinationPrefix.Prefix.sin6_addr, 16));
        return row;
    }

    private static WindowsHostNetwork Network() => Network(Laptop);

    private static WindowsHostNetwork Network(WindowsRoute[] routes, params string[] addresses) => new(routes, addresses.Select(Address), Tunnel, luid => luid is Tunnel or Other);

    private static WindowsWay Way(WindowsHostNetwork network, string remote) => WindowsWay.Find(network, new Endpoint(new EndpointAddress(Address(remote), 9)), 0);

    private static bool Holds(WindowsHostNetwork network, string remote, string source, uint index) =>
        network.IsSourceValid(new Endpoint(new EndpointAddress(Address(remote), 9), new LocalSource(Address(source), index)));

    private static WindowsRoute Route(string prefix, ulong luid, uint index, ulong metric)
    {
        var parts = prefix.Split('/');
        return new WindowsRoute(new IpPrefix(Address(parts[0]), int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)), luid, index, metric, IsUp: true);
    }

    private static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new FormatException(text);
}
