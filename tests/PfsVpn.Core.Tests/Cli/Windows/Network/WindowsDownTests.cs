using PfsVpn.Cli;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>A tunnel taken down on a Windows machine that is not there, and what is left of one that crashed.</summary>
public sealed class WindowsDownTests
{
    private static readonly string FullFile = WindowsWorld.Full + WindowsWorld.Peer + "AllowedIPs = 0.0.0.0/0, ::/0\n";

    [Fact]
    public void Down_leaves_the_machine_as_it_was()
    {
        using var world = new WindowsWorld();
        var before = world.Network.Snapshot();
        world.Up(FullFile);
        var ups = world.Steps.Length;
        world.Down(FullFile);
        Assert.Equal(
            ["name servers, routes and addresses of wg0 away", "end pfsvpnd wg0", "filters away: name servers beside the tunnel", "filters away: kill switch"],
            world.Steps[ups..]);
        Assert.Equal(before, world.Network.Snapshot());
        Assert.Empty(world.Filters.Sets);
        Assert.Equal(["daemon starts", "daemon ends"], world.Events);
        Assert.False(Directory.Exists(world.Context.RuntimeDirectory));
    }

    [Fact]
    public void What_windows_does_not_give_away_goes_with_the_adapter()
    {
        // Behind the name servers, which Windows keeps for the next time, when they are set anew.
        for (var failing = 3; failing < 8; failing++)
        {
            using var world = new WindowsWorld();
            var before = world.Network.Snapshot();
            world.Up(FullFile);
            world.Network.FailingChange = world.Network.Changes.Count + failing;
            world.Down(FullFile);
            Assert.Equal(before, world.Network.Snapshot());
        }
    }

    [Fact]
    public void Down_goes_on_whatever_fails_and_says_it()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        world.Filters.FailingChange = world.Filters.Changes + 1;
        var failure = Assert.Throws<CliException>(() => world.Down(FullFile));
        Assert.Contains("not all could be taken away: let other name servers be asked again", failure.Message, StringComparison.Ordinal);
        Assert.Equal(FilterPurpose.NameServers, Assert.Single(world.Filters.Sets.Values).Purpose);
        Assert.Null(world.Daemon);
    }

    [Fact]
    public void An_adapter_that_stays_is_said()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        world.Network.KeepsAdapter = true;
        Assert.Throws<CliException>(() => world.Down(FullFile));
        Assert.Contains("cannot end the daemon, and with it the adapter: the adapter `wg0' is still there, and its daemon has ended", world.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kill_switch_for_always_stays_and_knows_the_adapter_no_more()
    {
        using var world = new WindowsWorld();
        var always = FullFile.Replace("KillSwitch = on", "KillSwitch = always", StringComparison.Ordinal);
        world.Up(always);
        world.Down(always);
        Assert.Contains("The kill switch stays closed: nothing leaves this machine. To lift it: pfsvpn down ", world.Said, StringComparison.Ordinal);
        var left = Assert.Single(world.Filters.Sets.Values);
        Assert.False(FilterModel.Passes(new FilteredPacket(FilterLayer.ConnectV4, "192.0.2.1") { Interface = FakeNetwork.Tunnel }, left));
        world.Up(always);
        world.Down(always, lift: true);
        Assert.Empty(world.Filters.Sets);
    }

    [Fact]
    public void After_a_crash_the_switch_is_closed_and_the_next_up_takes_the_rest_away()
    {
        using var world = new WindowsWorld();
        world.Network.AddLink(FakeNetwork.Wifi, "Wi-Fi", mtu: 1500, metric: 50, isUp: false);
        world.Network.AddressRows.Add(new AddressRow(FakeNetwork.Wifi, FakeNetwork.Ip("10.7.0.2"), 16));
        world.Up(FullFile);
        world.Kill();
        var host = new TunnelHost(world.Context, "wg0", dryRun: false);
        Assert.True(WindowsLeftovers.Exist(host, world.Parts));
        Assert.Equal(3, world.Filters.Sets.Count);
        world.Up($"[Interface]\nAddress = 10.8.0.2/32\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n#! Name = other\n");
        Assert.Contains(new AddressRow(FakeNetwork.Wifi, FakeNetwork.Ip("10.7.0.2"), 16), world.Network.AddressRows);
        // The switch goes only when somebody says so.
        Assert.Equal([FilterPurpose.Daemon, FilterPurpose.KillSwitch], world.Filters.Sets.Values.Select(static set => set.Purpose).OrderDescending());
        world.Down($"[Interface]\n{WindowsWorld.Peer}");
        Assert.Empty(world.Filters.Sets);
        Assert.False(WindowsLeftovers.Exist(host, world.Parts));
    }

    [Fact]
    public void After_a_restart_of_the_machine_nothing_but_the_kill_switch_is_left()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        world.Kill();
        world.Filters.Restart();
        Assert.Equal(FilterPurpose.KillSwitch, Assert.Single(world.Filters.Sets.Values).Purpose);
        world.Down(FullFile);
        Assert.Empty(world.Filters.Sets);
    }

    [Fact]
    public void Two_tunnels_have_filters_of_their_own()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        world.Filters.Replace(TunnelFilters.KillSwitch("wg1", null, "d", null, []));
        world.Down(FullFile);
        Assert.Equal("wg1", Assert.Single(world.Filters.Sets.Values).Interface);
    }

    [Fact]
    public void The_state_is_saved_before_anything_is_taken_away_and_a_failure_stops_it()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        Assert.Throws<CliException>(() => world.Down(FullFile, save: static _ => throw new CliException("no room")));
        Assert.NotNull(world.Daemon);
        Assert.Equal(3, world.Filters.Sets.Count);
        var saved = false;
        world.Down(FullFile, save: _ => saved = world.Daemon is not null);
        Assert.True(saved);
    }
}
