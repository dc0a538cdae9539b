using PfsVpn.Cli.Input;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>What passes the filters of a tunnel, decided as the filtering platform decides it.</summary>
public sealed class TunnelFiltersTests
{
    private const string Daemon = @"C:\Program Files\PfsVpn\pfsvpnd.exe", Cli = @"C:\Program Files\PfsVpn\pfsvpn.exe";
    private const ulong Tunnel = 0x0035_0000_0A00_0000;
    private const FilterLayer V4 = FilterLayer.ConnectV4, V6 = FilterLayer.ConnectV6;

    [Fact]
    public void Nothing_leaves_the_machine_beside_the_tunnel()
    {
        foreach (var layer in FilterLayers.Own.Concat(FilterLayers.Forward)) Assert.False(Passes(new FilteredPacket(layer, layer.IsV4() ? "192.0.2.1" : "2001:db8::1")));
        Assert.True(Passes(new FilteredPacket(V4, "192.0.2.1") { Interface = Tunnel }));
        Assert.True(Passes(new FilteredPacket(FilterLayer.AcceptV6, "2001:db8::1") { Interface = Tunnel, Protocol = FilterCondition.Tcp }));
        Assert.True(Passes(new FilteredPacket(V4, "127.0.0.1") { IsLoopback = true }));
        Assert.True(Passes(new FilteredPacket(FilterLayer.AcceptV6, "::1") { IsLoopback = true }));
    }

    [Fact]
    public void The_daemon_sends_udp_and_no_other_program_does_even_of_that_name()
    {
        Assert.True(Passes(new FilteredPacket(V4, "198.51.100.7") { Program = Daemon, IsAdministrator = true }));
        Assert.True(Passes(new FilteredPacket(FilterLayer.AcceptV6, "2001:db8::7") { Program = Daemon, IsAdministrator = true }));
        Assert.False(Passes(new FilteredPacket(V4, "198.51.100.7") { Program = Daemon, IsAdministrator = true, Protocol = FilterCondition.Tcp }));
        Assert.False(Passes(new FilteredPacket(V4, "198.51.100.7") { Program = @"C:\Users\me\pfsvpnd.exe", IsAdministrator = true }));
        // Somebody else may start the same file, and put code of his own into it.
        Assert.False(Passes(new FilteredPacket(V4, "198.51.100.7") { Program = Daemon }));
    }

    [Fact]
    public void Before_there_is_an_interface_the_tunnel_is_not_there_either()
    {
        var set = TunnelFilters.KillSwitch("wg0", null, Daemon, Cli, []);
        Assert.False(FilterModel.Passes(new FilteredPacket(V4, "192.0.2.1") { Interface = Tunnel }, set));
        Assert.False(FilterModel.Passes(new FilteredPacket(V4, "192.0.2.1") { Interface = 0 }, set));
        Assert.True(FilterModel.Passes(new FilteredPacket(V4, "192.0.2.1") { Program = Daemon, IsAdministrator = true }, set));
    }

    [Theory]
    [InlineData("255.255.255.255", 68, 67, true)]
    [InlineData("192.0.2.1", 68, 67, false)]
    [InlineData("255.255.255.255", 1068, 67, false)]
    [InlineData("255.255.255.255", 68, 68, false)]
    public void Dhcp_asks_by_broadcast_only(string server, ushort from, ushort to, bool passes)
    {
        var packet = new FilteredPacket(V4, server) { LocalPort = from, RemotePort = to };
        Assert.Equal(passes, Passes(packet));
        Assert.False(Passes(packet with { Protocol = FilterCondition.Tcp }));
        Assert.Equal(from == 68 && to == 67, Passes(packet with { Layer = FilterLayer.AcceptV4 }));
    }

    [Theory]
    [InlineData("ff02::1:2", "fe80::5", true)]
    [InlineData("ff05::1:3", "fe80::5", true)]
    [InlineData("2001:db8::1", "fe80::5", false)]
    [InlineData("ff02::1:2", "2001:db8::5", false)]
    public void Dhcpv6_asks_the_servers_of_the_link_and_the_site(string server, string from, bool passes) =>
        Assert.Equal(passes, Passes(new FilteredPacket(V6, server) { Local = from, LocalPort = 546, RemotePort = 547 }));

    [Theory]
    [InlineData(133, "ff02::2", true, false)]
    [InlineData(133, "2001:db8::1", false, false)]
    [InlineData(134, "fe80::1", false, true)]
    [InlineData(134, "2001:db8::1", false, false)]
    [InlineData(135, "2001:db8::1", true, true)]
    [InlineData(136, "fe80::1", true, true)]
    [InlineData(137, "fe80::1", false, true)]
    [InlineData(128, "fe80::1", false, false)]
    public void Neighbours_are_found(ushort type, string other, bool leaves, bool comes)
    {
        var packet = new FilteredPacket(V6, other) { Protocol = FilterCondition.Icmp6, LocalPort = type, RemotePort = 0 };
        Assert.Equal(leaves, Passes(packet));
        Assert.Equal(comes, Passes(packet with { Layer = FilterLayer.AcceptV6 }));
    }

    [Fact]
    public void What_is_allowed_is_reached_by_whoever_begins()
    {
        var set = KillSwitch("192.168.0.0/16", "fe80::/10");
        Assert.True(FilterModel.Passes(new FilteredPacket(V4, "192.168.7.7"), set));
        Assert.True(FilterModel.Passes(new FilteredPacket(FilterLayer.AcceptV4, "192.168.7.7"), set));
        Assert.True(FilterModel.Passes(new FilteredPacket(FilterLayer.ForwardV4, "192.168.7.7"), set));
        Assert.False(FilterModel.Passes(new FilteredPacket(V4, "192.169.0.1"), set));
        Assert.True(FilterModel.Passes(new FilteredPacket(V6, "fe80::9"), set));
        Assert.False(FilterModel.Passes(new FilteredPacket(V6, "2001:db8::9"), set));
        // Everything of one family is no condition at all.
        Assert.True(FilterModel.Passes(new FilteredPacket(V4, "192.0.2.1"), KillSwitch("0.0.0.0/0")));
        Assert.False(FilterModel.Passes(new FilteredPacket(V6, "2001:db8::9"), KillSwitch("0.0.0.0/0")));
    }

    [Fact]
    public void Packets_of_others_pass_into_the_tunnel_and_out_of_it()
    {
        Assert.True(Passes(new FilteredPacket(FilterLayer.ForwardV4, "192.0.2.1") { Target = Tunnel }));
        Assert.True(Passes(new FilteredPacket(FilterLayer.ForwardV6, "2001:db8::1") { Interface = Tunnel }));
        Assert.False(Passes(new FilteredPacket(FilterLayer.ForwardV4, "192.0.2.1")));
    }

    [Fact]
    public void Names_are_asked_through_the_tunnel_only_even_where_the_neighbourhood_is_allowed()
    {
        var names = TunnelFilters.NameServers("wg0", Tunnel, Cli);
        var question = new FilteredPacket(V4, "192.168.1.1") { RemotePort = 53 };
        Assert.False(FilterModel.Passes(question, names));
        Assert.False(FilterModel.Passes(question with { Protocol = FilterCondition.Tcp }, names));
        Assert.False(FilterModel.Passes(question, names, KillSwitch("192.168.0.0/16")));
        Assert.False(FilterModel.Passes(question with { Layer = V6, Remote = "2001:db8::53" }, names));
        Assert.True(FilterModel.Passes(question with { Interface = Tunnel }, names));
        Assert.True(FilterModel.Passes(question with { IsLoopback = true }, names));
        Assert.True(FilterModel.Passes(question with { RemotePort = 443 }, names));
        // Names of endpoints, which the tunnel cannot be asked for.
        Assert.True(FilterModel.Passes(question with { Program = Cli, IsAdministrator = true }, names, KillSwitch()));
        Assert.False(FilterModel.Passes(question with { Program = Cli }, names, KillSwitch()));
        Assert.False(FilterModel.Passes(question with { Program = Cli, IsAdministrator = true, RemotePort = 54 }, names, KillSwitch()));
    }

    [Fact]
    public void The_daemon_passes_the_firewall_for_good_and_nothing_else_is_said()
    {
        var set = TunnelFilters.Daemon("wg0", Daemon);
        var packet = new FilteredPacket(FilterLayer.AcceptV4, "198.51.100.7") { Program = Daemon, IsAdministrator = true };
        Assert.True(FilterModel.Decide(set, packet)!.IsFinal);
        Assert.Null(FilterModel.Decide(set, packet with { Program = "other" }));
        Assert.Null(FilterModel.Decide(set, packet with { Protocol = FilterCondition.Tcp }));
        Assert.All(KillSwitch("10.0.0.0/8").Rules, static rule => Assert.False(rule.IsFinal));
    }

    [Fact]
    public void The_kill_switch_alone_outlives_the_machine()
    {
        Assert.True(KillSwitch().IsPersistent);
        Assert.False(TunnelFilters.NameServers("wg0", Tunnel, null).IsPersistent);
        Assert.False(TunnelFilters.Daemon("wg0", Daemon).IsPersistent);
    }

    [Fact]
    public void Sets_are_found_again_by_name_and_purpose()
    {
        Assert.Equal(FilterSet.KeyOf(FilterPurpose.KillSwitch, "wg0"), KillSwitch().Key);
        // Filters of a former version are found by the next one, too.
        Assert.Equal("e1ed0b8e-deef-82bc-a935-b848f096c414", KillSwitch().Key.ToString());
        var keys = Enum.GetValues<FilterPurpose>().SelectMany(static purpose => new[] { FilterSet.KeyOf(purpose, "wg0"), FilterSet.KeyOf(purpose, "wg1") }).ToList();
        Assert.Equal(keys.Count, keys.Distinct().Count());
    }

    [Fact]
    public void Rules_are_shown_in_words() => Assert.Equal(
        [
            $"permit in IPv4 program {Daemon}, administrators only, udp", "permit out IPv4 udp, local port 68, port 67, to 255.255.255.255/32",
            "permit in IPv6 icmpv6, local port 134, port 0, to fe80::/10", "block forward IPv6 everything",
        ],
        KillSwitch().Rules.Select(static rule => rule.ToString()).Where(static text => text.Contains("in IPv4 program", StringComparison.Ordinal) && text.Contains("pfsvpnd", StringComparison.Ordinal)
            || text.Contains("local port 68, port 67, to", StringComparison.Ordinal) || text.Contains("port 134", StringComparison.Ordinal) || text.StartsWith("block forward IPv6", StringComparison.Ordinal)));

    private static bool Passes(FilteredPacket packet) => FilterModel.Passes(packet, KillSwitch());

    private static FilterSet KillSwitch(params string[] allowed) => TunnelFilters.KillSwitch("wg0", Tunnel, Daemon, Cli,
        [.. allowed.Select(static text => Prefixes.TryParse(text, out _, out var prefix) ? prefix : default)]);
}
