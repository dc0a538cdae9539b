using PfsVpn.Cli;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Reload;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>A tunnel on Windows becomes what its file says today.</summary>
public sealed class WindowsReloadTests
{
    private static readonly string Split = $"[Interface]\nAddress = 10.7.0.2/24\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n";
    private static readonly string FullFile = WindowsWorld.Full + WindowsWorld.Peer + "AllowedIPs = 0.0.0.0/0, ::/0\n";

    [Fact]
    public void The_way_past_the_tunnel_is_the_one_without_it()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        Assert.Equal(FakeNetwork.Ethernet, WayOut.Find(world.Network, world.Network.Routes(), FakeNetwork.Ip("9.9.9.9"), FakeNetwork.Tunnel)!.Interface);
        Assert.Equal(FakeNetwork.Tunnel, WayOut.Find(world.Network, world.Network.Routes(), FakeNetwork.Ip("9.9.9.9"), null)!.Interface);
        Assert.Null(WayOut.Find(world.Network, world.Network.Routes(), FakeNetwork.Ip("::1"), FakeNetwork.Tunnel));
    }

    [Fact]
    public void Reload_changes_what_differs_and_nothing_else()
    {
        using var world = new WindowsWorld();
        world.Up(Split);
        var plan = Reload(world, Split, Split);
        Assert.Empty(plan.Steps);
        world.Network.Changes.Clear();
        var before = world.Network.Snapshot();
        plan = Reload(world, Split, Split.Replace("10.7.0.2/24", "10.7.0.3/24", StringComparison.Ordinal).Replace("10.0.0.0/8", "10.0.0.0/9, 10.64.0.0/10", StringComparison.Ordinal));
        TunnelTransaction.Run(plan, new TunnelHost(world.Context, "wg0", dryRun: false));
        Assert.Equal(["+10.7.0.3/24 wg0", "-10.7.0.2/24 wg0", "+10.64.0.0/10 wg0", "+10.0.0.0/9 wg0", "-10.0.0.0/8 wg0"], world.Network.Changes);
        Assert.NotEqual(before, world.Network.Snapshot());
    }

    [Fact]
    public void A_family_that_came_later_gets_its_settings_with_its_first_address()
    {
        using var world = new WindowsWorld { HasV6 = false };
        world.Up(Split);
        world.Network.AddTunnel();
        TunnelTransaction.Run(Reload(world, Split, Split.Replace("10.7.0.2/24", "10.7.0.2/24, fd07::2/64", StringComparison.Ordinal)), new TunnelHost(world.Context, "wg0", dryRun: false));
        Assert.Equal((1420u, false), (world.Network.Interface(FakeNetwork.Tunnel, isV4: false)!.Mtu, world.Network.Interface(FakeNetwork.Tunnel, isV4: false)!.FindsRouters));
    }

    [Fact]
    public void Reload_to_a_full_tunnel_closes_the_switch_and_back_lifts_it()
    {
        using var world = new WindowsWorld();
        world.Up(Split);
        var host = new TunnelHost(world.Context, "wg0", dryRun: false);
        TunnelTransaction.Run(Reload(world, Split, FullFile), host);
        Assert.Equal(3, world.Filters.Sets.Count);
        Assert.True(FilterModel.Passes(new FilteredPacket(FilterLayer.ConnectV4, "192.0.2.1") { Interface = FakeNetwork.Tunnel }, [.. world.Filters.Sets.Values]));
        Assert.Equal((false, 0u), (world.Network.Interface(FakeNetwork.Tunnel, isV4: true)!.UsesAutomaticMetric, world.Network.Interface(FakeNetwork.Tunnel, isV4: true)!.Metric));
        Assert.Equal("10.7.0.1", world.Network.NameServers[(FakeNetwork.Tunnel, true)].Servers);
        TunnelTransaction.Run(Reload(world, FullFile, Split), host);
        Assert.Equal([FilterPurpose.Daemon], world.Filters.Sets.Values.Select(static set => set.Purpose));
        Assert.True(world.Network.Interface(FakeNetwork.Tunnel, isV4: true)!.UsesAutomaticMetric);
        Assert.Equal("", world.Network.NameServers[(FakeNetwork.Tunnel, true)].Servers);
        Assert.DoesNotContain(world.Network.RouteRows, static row => row.Interface == FakeNetwork.Tunnel && row.Destination.Length == 0);
    }

    [Fact]
    public void Whatever_fails_a_reload_is_taken_back()
    {
        for (var failing = 1; failing < 60; failing++)
        {
            using var world = new WindowsWorld();
            world.Up(Split);
            var before = Everything(world);
            world.Network.FailingChange = world.Network.Changes.Count + failing;
            var failure = Record.Exception(() => TunnelTransaction.Run(Reload(world, Split, FullFile), new TunnelHost(world.Context, "wg0", dryRun: false)));
            if (failure is null) return;
            Assert.IsType<CliException>(failure);
            Assert.Equal(before, Everything(world));
            Assert.Equal([FilterPurpose.Daemon], world.Filters.Sets.Values.Select(static set => set.Purpose));
        }
        Assert.Fail("It never succeeded.");
    }

    private static string Everything(WindowsWorld world) => world.Network.Snapshot() + world.Network.Interface(FakeNetwork.Tunnel, isV4: true);

    private static TunnelPlan Reload(WindowsWorld world, string applied, string wanted)
    {
        var plan = new TunnelPlan();
        using var running = new RunningDevice("wg0");
        new WindowsReload(new ReloadFiles(new TunnelHost(world.Context, "wg0", dryRun: false), world.Parse(wanted), world.Parse(applied), running, static _ => { }), world.Parts).AddTo(plan);
        return plan;
    }
}
