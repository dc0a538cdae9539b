using PfsVpn.Cli;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Tests.Cli.Windows.Network;

/// <summary>A tunnel taken up on a Windows machine that is not there.</summary>
public sealed class WindowsUpTests
{
    private static readonly string FullFile = WindowsWorld.Full + WindowsWorld.Peer + "AllowedIPs = 0.0.0.0/0, ::/0\n";

    [Fact]
    public void A_full_tunnel_gets_addresses_routes_metrics_name_servers_and_filters_in_this_order()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        Assert.Equal(
            [
                "filters: UDP of the daemon", "filters: kill switch (30)", "pfsvpnd wg0", "filters: kill switch (38, with the adapter)", $"pfsvpn setconf wg0 {FileOf(world)}",
                "mtu 1420 on wg0 metric 0", "address 10.7.0.2/24 on wg0", "address fd07::2/64 on wg0", "name servers 10.7.0.1, fd07::1, lab.example on wg0", "filters: name servers beside the tunnel",
                "route 0.0.0.0/0 on wg0 metric 0", "route ::/0 on wg0 metric 0",
            ],
            world.Steps);
        Assert.Equal(
            [
                "wg0 v4 mtu 1420 metric 0", "wg0 v6 mtu 1420 metric 0", "+10.7.0.2/24 wg0", "+fd07::2/64 wg0", "dns wg0 v4 [10.7.0.1] [lab.example]", "dns wg0 v6 [fd07::1] [lab.example]",
                "+0.0.0.0/0 wg0", "+::/0 wg0",
            ],
            world.Network.Changes);
        var v6 = world.Network.Interface(FakeNetwork.Tunnel, isV4: false)!;
        Assert.Equal((false, false, 0u, false), (v6.FindsRouters, v6.IsManaged, v6.DadTransmits, v6.UsesAutomaticMetric));
        // Windows knows no router discovery for IPv4, and refuses to be told.
        Assert.True(world.Network.Interface(FakeNetwork.Tunnel, isV4: true)!.FindsRouters);
        Assert.Equal(3, world.Filters.Sets.Count);
        Assert.True(world.Network.Flushes > 0);
        Assert.Single(world.Daemon!.Take());
    }

    [Fact]
    public void The_kill_switch_stands_before_the_daemon_does_and_knows_the_adapter_when_it_is_there()
    {
        using var world = new WindowsWorld { DaemonFails = true };
        Assert.Throws<CliException>(() => world.Up(FullFile));
        // Before the daemon, and away again with it.
        Assert.Equal(["filters: kill switch (30)", "pfsvpnd wg0"], world.Steps[1..3]);
        Assert.Empty(world.Filters.Sets);

        world.DaemonFails = false;
        world.Up(FullFile);
        var packet = new FilteredPacket(FilterLayer.ConnectV4, "192.0.2.1");
        Assert.True(FilterModel.Passes(packet with { Interface = FakeNetwork.Tunnel }, [.. world.Filters.Sets.Values]));
        Assert.False(FilterModel.Passes(packet with { Interface = FakeNetwork.Ethernet }, [.. world.Filters.Sets.Values]));
        Assert.True(FilterModel.Passes(packet with { Interface = FakeNetwork.Ethernet, Program = world.Parts.DaemonPath, IsAdministrator = true }, [.. world.Filters.Sets.Values]));
    }

    [Fact]
    public void Without_a_default_route_the_metric_is_windows_own_and_other_name_servers_may_be_asked()
    {
        using var world = new WindowsWorld();
        world.Up($"[Interface]\nAddress = 10.7.0.2/32\nDNS = 10.7.0.1\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8, 10.9.0.0/16\n");
        Assert.Equal("wg0 v4 mtu 1420 metric auto", world.Network.Changes[0]);
        Assert.Equal(["+10.9.0.0/16 wg0", "+10.0.0.0/8 wg0"], world.Network.Changes[^2..]);
        Assert.Equal([FilterPurpose.Daemon], world.Filters.Sets.Values.Select(static set => set.Purpose));
    }

    [Fact]
    public void Name_servers_that_windows_remembers_of_the_same_adapter_are_forgotten_where_the_file_has_none()
    {
        using var world = new WindowsWorld();
        world.Network.NameServers[(FakeNetwork.Tunnel, true)] = ("10.7.0.1", "");
        world.Up($"[Interface]\nAddress = 10.7.0.2/32\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n");
        Assert.Equal("", world.Network.NameServers[(FakeNetwork.Tunnel, true)].Servers);
    }

    [Fact]
    public void A_domain_without_a_server_is_set_too_or_refused()
    {
        var file = $"[Interface]\nAddress = 10.7.0.2/32\nDNS = lab.example\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n";
        using var world = new WindowsWorld();
        world.Up(file);
        Assert.Equal(("", "lab.example"), world.Network.NameServers[(FakeNetwork.Tunnel, true)]);
        world.Down(file);
        world.Network.FailingChange = world.Network.Changes.Count + 4;
        Assert.Contains("failed, set the name servers", Assert.Throws<CliException>(() => world.Up(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_off_makes_no_routes_and_no_metric_and_a_number_is_refused()
    {
        using var world = new WindowsWorld();
        world.Up($"[Interface]\nAddress = 10.7.0.2/32\nTable = off\n{WindowsWorld.Peer}AllowedIPs = 0.0.0.0/0\n");
        Assert.DoesNotContain(world.Network.Changes, static change => change.Contains("0.0.0.0/0", StringComparison.Ordinal) || change.EndsWith("metric 0", StringComparison.Ordinal));
        var refused = Assert.Throws<CliException>(() => world.Up($"[Interface]\nTable = 77\n{WindowsWorld.Peer}AllowedIPs = 0.0.0.0/0\n"));
        Assert.Contains("Table = 77: Windows has one routing table only.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mark_reaches_the_daemon_with_a_warning_that_it_has_no_effect()
    {
        using var world = new WindowsWorld();
        world.Up($"[Interface]\nAddress = 10.7.0.2/32\nFwMark = 0x10\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n");
        Assert.Contains("Warning: FwMark has no effect on Windows", world.Said, StringComparison.Ordinal);
        Assert.Contains("fwmark=16\n", Assert.Single(world.Daemon!.Take()), StringComparison.Ordinal);
        world.Down($"[Interface]\n{WindowsWorld.Peer}");
        using var without = new WindowsWorld();
        without.Up($"[Interface]\nAddress = 10.7.0.2/32\nFwMark = off\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n");
        Assert.DoesNotContain("FwMark", without.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_excluded_is_left_out_of_the_routes_and_the_peer_keeps_all()
    {
        using var world = new WindowsWorld();
        world.Up($"[Interface]\nAddress = 10.7.0.2/32\n{WindowsWorld.Peer}AllowedIPs = 0.0.0.0/0\n#! ExcludedIPs = 128.0.0.0/2\n");
        Assert.Equal(["+192.0.0.0/2 wg0", "+0.0.0.0/1 wg0"], world.Network.Changes.Where(static change => change.StartsWith('+')).Skip(1));
        Assert.Contains("wg0 v4 mtu 1420 metric 0", world.Network.Changes);
        Assert.Contains("allowed_ip=0.0.0.0/0", Assert.Single(world.Daemon!.Take()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_family_that_windows_does_not_bind_is_an_error_where_the_file_has_addresses_of_it()
    {
        using var world = new WindowsWorld { HasV6 = false };
        var failure = Assert.Throws<CliException>(() => world.Up($"[Interface]\nAddress = fd07::2/64\n{WindowsWorld.Peer}AllowedIPs = ::/0\n"));
        Assert.Contains("Windows does not bind IPv6 to the adapter `wg0'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Everything has been taken back.", failure.Message, StringComparison.Ordinal);

        world.Up($"[Interface]\nAddress = 10.7.0.2/32\n{WindowsWorld.Peer}AllowedIPs = 0.0.0.0/0, ::/0\n");
        Assert.Contains("Warning: there is no route ::/0", world.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_is_given_time_to_bind_the_adapter()
    {
        using var world = new WindowsWorld();
        world.Network.BindingDelay = 20;
        world.Up($"[Interface]\nAddress = 10.7.0.2/32\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n");
        Assert.Contains("+10.7.0.2/32 wg0", world.Network.Changes);
    }

    [Fact]
    public void Without_a_filtering_platform_a_tunnel_without_a_kill_switch_is_taken_up_and_one_with_it_is_not()
    {
        using var world = new WindowsWorld();
        world.Filters.IsAbsent = true;
        world.Up($"[Interface]\nAddress = 10.7.0.2/32\n{WindowsWorld.Peer}AllowedIPs = 10.0.0.0/8\n");
        Assert.Contains("Peers that begin from outside may be held back by the firewall.", world.Said, StringComparison.Ordinal);
        world.Down($"[Interface]\n{WindowsWorld.Peer}");
        var failure = Assert.Throws<CliException>(() => world.Up(FullFile));
        Assert.Contains("close the kill switch: the filtering platform cannot be opened\nEverything has been taken back.", failure.Message, StringComparison.Ordinal);
        Assert.Null(world.Daemon);
    }

    [Fact]
    public void A_dry_run_shows_the_steps_and_the_filters_and_changes_nothing()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile, dryRun: true);
        Assert.Contains("    block out IPv4 everything\n", world.Said, StringComparison.Ordinal);
        Assert.Contains("    permit out IPv4 to 192.168.0.0/16\n", world.Said, StringComparison.Ordinal);
        Assert.Contains("route ::/0 on wg0 metric 0", world.Steps);
        Assert.Contains("mtu 1420 on wg0 metric 0", world.Steps);
        Assert.Empty(world.Network.Changes);
        Assert.Equal((0, 0), (world.Filters.Changes, world.Events.Count));
        Assert.False(Directory.Exists(world.Context.RuntimeDirectory));
    }

    [Fact]
    public void Whatever_change_fails_the_machine_is_as_it_was()
    {
        var changes = 0;
        for (var failing = 1; failing <= changes + 1; failing++)
        {
            using var world = new WindowsWorld();
            AddTakenAddress(world);
            var before = world.Network.Snapshot();
            world.Network.FailingChange = failing;
            var failure = Record.Exception(() => world.Up(FullFile));
            changes = Math.Max(changes, world.Network.Changes.Count(static change => !change.StartsWith("back", StringComparison.Ordinal)));
            if (failure is null) return;
            Assert.Equal(before, world.Network.Snapshot());
            Assert.Empty(world.Filters.Sets);
            Assert.Null(world.Daemon);
            Assert.False(Directory.Exists(Path.Combine(world.Context.RuntimeDirectory, "wg0")), "something is remembered");
            Assert.Contains("Everything has been taken back.", failure.Message, StringComparison.Ordinal);
        }
        Assert.Fail("It never succeeded.");
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Whatever_filter_is_refused_the_machine_is_as_it_was(int failing, bool isError)
    {
        using var world = new WindowsWorld();
        world.Filters.FailingChange = failing;
        var before = world.Network.Snapshot();
        var failure = Record.Exception(() => world.Up(FullFile));
        Assert.Equal(isError, failure is CliException);
        if (!isError) return;
        Assert.Equal(before, world.Network.Snapshot());
        Assert.Empty(world.Filters.Sets);
    }

    [Fact]
    public void A_kill_switch_that_was_closed_before_stays_closed_without_the_adapter_where_up_fails()
    {
        using var world = new WindowsWorld();
        world.Up(FullFile);
        world.Kill();
        world.Network.FailingChange = world.Network.Changes.Count + 4;
        Assert.Throws<CliException>(() => world.Up(FullFile));
        var left = Assert.Single(world.Filters.Sets.Values);
        Assert.Equal(FilterPurpose.KillSwitch, left.Purpose);
        Assert.False(FilterModel.Passes(new FilteredPacket(FilterLayer.ConnectV4, "192.0.2.1") { Interface = FakeNetwork.Tunnel }, left));
    }

    [Fact]
    public void An_address_of_an_adapter_that_is_not_up_is_taken_and_one_that_is_up_keeps_it()
    {
        using var world = new WindowsWorld();
        AddTakenAddress(world);
        world.Up(FullFile);
        Assert.Contains("10.7.0.2/16 is taken from `Wi-Fi', which is not up", world.Said, StringComparison.Ordinal);
        Assert.Equal([new AddressRow(FakeNetwork.Tunnel, FakeNetwork.Ip("10.7.0.2"), 24)], world.Network.AddressRows.Where(static row => row.Address == FakeNetwork.Ip("10.7.0.2")));
        world.Down(FullFile);
        Assert.Contains(new AddressRow(FakeNetwork.Wifi, FakeNetwork.Ip("10.7.0.2"), 16), world.Network.AddressRows);

        var failure = Assert.Throws<CliException>(() => world.Up($"[Interface]\nAddress = 192.168.1.5/24\n{WindowsWorld.Peer}"));
        Assert.Contains("192.168.1.5 is the address of `Ethernet', which is up", failure.Message, StringComparison.Ordinal);
        Assert.Contains(new AddressRow(FakeNetwork.Ethernet, FakeNetwork.Ip("192.168.1.5"), 24), world.Network.AddressRows);
    }

    private static void AddTakenAddress(WindowsWorld world)
    {
        world.Network.AddLink(FakeNetwork.Wifi, "Wi-Fi", mtu: 1500, metric: 50, isUp: false);
        world.Network.AddressRows.Add(new AddressRow(FakeNetwork.Wifi, FakeNetwork.Ip("10.7.0.2"), 16));
    }

    private static string FileOf(WindowsWorld world) => Path.Combine(Path.GetDirectoryName(world.Context.RuntimeDirectory)!, "wg0.conf");
}
