using PfsVpn.Cli;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>What commands ask of Windows: names of endpoints, what is left of a tunnel, what is saved of one.</summary>
public sealed class WindowsPlansTests
{
    private static readonly string FullFile = WindowsWorld.Full + WindowsWorld.Peer + "AllowedIPs = 0.0.0.0/0, ::/0\n";
    private static readonly string Named = $"[Interface]\nAddress = 10.7.0.2/32\n[Peer]\nPublicKey = {CannedDevices.Base64(1)}\nEndpoint = vpn.example:51820\nAllowedIPs = 0.0.0.0/0\n";

    [Fact]
    public void A_name_that_does_not_exist_is_an_error()
    {
        using var world = new WindowsWorld();
        world.Names.Error = NativeResolver.EAI_NONAME;
        Assert.Contains("`vpn.example:51820'", Assert.Throws<CliException>(() => world.Up(Named)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_network_and_behind_a_closed_kill_switch_no_name_is_known_not_to_exist()
    {
        using var world = new WindowsWorld();
        world.Names.Error = NativeResolver.EAI_NONAME;
        world.Network.ServersBeside.Clear();
        world.Up(Named);
        Assert.Contains("The tunnel is taken up without this endpoint", world.Said, StringComparison.Ordinal);
        world.Kill();
        world.Network.ServersBeside.Add("192.168.1.1");
        // The machine has started anew with the switch closed: the system's resolver cannot ask.
        world.Filters.Replace(TunnelFilters.KillSwitch("wg0", null, "d", null, []));
        world.Up(Named.Replace("[Peer]", "#! KillSwitch = on\n[Peer]", StringComparison.Ordinal));
        Assert.NotNull(world.Daemon);
    }

    [Fact]
    public void Names_are_asked_for_beside_the_tunnel_at_the_servers_of_the_moment()
    {
        using var world = new WindowsWorld();
        world.Network.ServersBeside.Clear();
        world.Up(FullFile);
        world.Names.Error = NativeResolver.EAI_NONAME;
        var resolver = new PastTunnelResolver(world.Names, world.Context, "wg0");
        Assert.Equal(NativeResolver.EAI_NONAME, resolver.Resolve("vpn.example", "51820", out _));
        Assert.Empty(world.Network.Indexed);

        // A network is there. Its interface has to be named for a question of each family, and then this system refuses the option of Windows.
        world.Network.ServersBeside.Add("192.168.1.1");
        Assert.Equal(NativeResolver.EAI_NONAME, resolver.Resolve("vpn.example", "51820", out _));
        Assert.Equal([FakeNetwork.Ethernet, FakeNetwork.Ethernet], world.Network.Indexed);

        // Where the system's resolver reaches its servers, what it says is so.
        foreach (var set in world.Filters.Sets.Keys.ToList()) world.Filters.Sets.Remove(set);
        Assert.Equal(NativeResolver.EAI_NONAME, resolver.Resolve("vpn.example", "51820", out _));
        Assert.Equal(2, world.Network.Indexed.Count);
    }

    [Fact]
    public void What_is_saved_are_the_adapter_s_addresses_but_for_those_of_the_system()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        var host = new TunnelHost(world.Context, "wg0", dryRun: false);
        var plans = world.Context.Plans;
        Assert.Equal(["10.7.0.2/24", "fd07::2/64"], plans.Addresses(host, world.Parse(FullFile)));
        Assert.Equal(["fe80::53/64", "10.7.0.2/24", "fd07::2/64"], plans.Addresses(host, world.Parse(FullFile.Replace("fd07::2/64", "FE80::53/64", StringComparison.Ordinal))));
        Assert.Equal("1420", plans.Mtu(host));
        world.Kill();
        Assert.Empty(plans.Addresses(host, world.Parse(FullFile)));
        Assert.Null(plans.Mtu(host));
    }

    [Fact]
    public void A_kill_switch_is_lifted_without_the_file_by_any_spelling_of_the_name()
    {
        using var world = new WindowsWorld();
        var plans = world.Context.Plans;
        var always = FullFile.Replace("KillSwitch = on", "KillSwitch = always", StringComparison.Ordinal);
        world.Up(always);
        world.Kill();
        Assert.True(plans.ClearLeftovers(new TunnelHost(world.Context, "wg0", dryRun: false), world.Parse(always)));
        Assert.Equal(FilterPurpose.KillSwitch, Assert.Single(world.Filters.Sets.Values).Purpose);
        var host = new TunnelHost(world.Context, "WG0", dryRun: false);
        Assert.True(plans.ClearLeftovers(host, file: null));
        Assert.Empty(world.Filters.Sets);
        Assert.False(plans.ClearLeftovers(host, file: null));
    }

    [Fact]
    public void What_a_daemon_leaves_that_ended_by_itself_goes_but_for_the_kill_switch()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        world.Kill();
        var host = new TunnelHost(world.Context, "wg0", dryRun: false);
        TunnelTransaction.RunAll(world.Context.Plans.Rest(host, world.Parse(FullFile), @"C:\wg0.conf"), host, static _ => false);
        Assert.Equal(FilterPurpose.KillSwitch, Assert.Single(world.Filters.Sets.Values).Purpose);
        Assert.Equal(["daemon starts", "daemon ends"], world.Events);
    }
}
