using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

public sealed class LinuxLinkMonitorTests
{
    [NetworkFact]
    public void The_present_state_is_reported_first_and_then_every_change()
    {
        using var home = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        tunnel.Start("mtu 1420", "down");
        home.Ip("link set wgtest0 up");
        tunnel.Events.Expect("up");
        home.Ip("link set wgtest0 mtu 1280");
        tunnel.Events.Expect("mtu 1280");
        Assert.Equal(1280, tunnel.Device.Mtu);
        home.Ip("link set wgtest0 down");
        tunnel.Events.Expect("down");
        home.Ip("link add other0 type veth peer name other1");
        home.Ip("link set other0 up");
        home.Ip("link del other0");
        home.Ip("link del wgtest0");
        tunnel.Events.Expect("deleted");
        tunnel.Events.ExpectNothingMore();
    }

    [NetworkFact]
    public void An_interface_that_is_up_already_is_reported_as_up()
    {
        using var home = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        home.Ip("link set wgtest0 up mtu 1300");
        tunnel.Start("mtu 1300", "up");
    }

    [NetworkFact]
    public void A_short_flap_is_reported_too()
    {
        using var home = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        home.Ip("link set wgtest0 up");
        tunnel.Start("mtu 1420", "up");
        home.Shell("printf 'link set wgtest0 down\\nlink set wgtest0 up\\nlink set wgtest0 down\\nlink set wgtest0 up\\n' | ip -batch -");
        tunnel.Events.Expect("down", "up", "down", "up");
    }

    [NetworkFact]
    public void A_renamed_interface_is_followed()
    {
        using var home = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        tunnel.Start("mtu 1420", "down");
        home.Ip("link set wgtest0 name renamed0");
        home.Ip("link set renamed0 up");
        tunnel.Events.Expect("up");
        Assert.Equal("renamed0", tunnel.Device.Name);
    }

    [NetworkFact]
    public void An_interface_is_followed_through_three_namespaces_and_home_again()
    {
        using var home = new NetworkNamespace();
        using var second = new NetworkNamespace();
        using var third = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        home.Ip("link set wgtest0 up");
        tunnel.Start("mtu 1420", "up");
        tunnel.MoveAround(home, second, third);
        tunnel.Events.ExpectNothingMore();
    }

    [NetworkFact]
    public void An_interface_is_followed_with_the_capabilities_of_the_running_daemon()
    {
        using var home = new NetworkNamespace();
        using var second = new NetworkNamespace();
        using var third = new NetworkNamespace();
        using var tunnel = new Tunnel(home, Capabilities.DropToThoseOfTheDaemon);
        home.Ip("link set wgtest0 up");
        tunnel.Start("mtu 1420", "up");
        tunnel.MoveAround(home, second, third);
        tunnel.Events.ExpectNothingMore();
    }

    [NetworkFact]
    public void An_interface_gets_another_index_and_another_name_where_it_is_moved()
    {
        using var home = new NetworkNamespace();
        using var second = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        tunnel.Start("mtu 1420", "down");

        // The first two indices, of which the tunnel has one at home.
        second.Ip("link add taken0 type veth peer name taken1");
        home.Ip($"link set wgtest0 netns {second.Name} name moved0");
        tunnel.Events.Expect("moved");
        second.Ip("link set taken0 up mtu 1234");
        second.Ip("link set taken1 up mtu 1234");
        second.Ip("link set moved0 mtu 1290");
        tunnel.Events.Expect("mtu 1290");
        second.Ip("link set moved0 up");
        tunnel.Events.Expect("up");
        Assert.Equal("moved0", tunnel.Device.Name);
    }

    [NetworkFact]
    public void A_moved_interface_that_is_deleted_is_reported_as_deleted()
    {
        using var home = new NetworkNamespace();
        using var second = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        tunnel.Start("mtu 1420", "down");
        home.Ip($"link set wgtest0 netns {second.Name}");
        tunnel.Events.Expect("moved");
        second.Ip("link del wgtest0");
        tunnel.Events.Expect("deleted");
    }

    [NetworkFact]
    public void An_interface_that_ends_with_its_namespace_is_reported_as_deleted()
    {
        using var home = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        using (var second = new NetworkNamespace())
        {
            tunnel.Start("mtu 1420", "down");
            home.Ip($"link set wgtest0 netns {second.Name}");
            tunnel.Events.Expect("moved");
        }
        tunnel.Events.Expect("deleted");
    }

    [NetworkFact]
    public void A_device_that_finds_itself_gone_tells_the_monitor()
    {
        using var home = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        home.Ip("link del wgtest0");
        Assert.Equal(WaitResult.Closed, tunnel.Device.Wait());
        tunnel.Start("deleted");
    }

    [NetworkFact]
    public void An_interface_that_can_no_longer_be_seen_is_taken_to_be_up_and_its_end_is_still_noticed()
    {
        using var home = new NetworkNamespace();
        using var second = new NetworkNamespace();
        using var tunnel = new Tunnel(home, Capabilities.DropAll);
        tunnel.Start("mtu 1420", "down");
        home.Ip("link set wgtest0 mtu 1300");
        tunnel.Events.Expect("mtu 1300");
        home.Ip($"link set wgtest0 netns {second.Name}");
        tunnel.Events.Expect("moved", "up");
        second.Ip("link del wgtest0");
        tunnel.Events.Expect("deleted");
    }

    [NetworkFact]
    public void A_flood_of_events_loses_neither_the_final_state_nor_a_move()
    {
        using var home = new NetworkNamespace();
        using var second = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        using var gate = new ManualResetEventSlim();
        tunnel.BlockObserverOn(gate);
        tunnel.Start();

        // The monitor's thread stands still in its first call meanwhile, so its socket overflows.
        home.Shell("for i in $(seq 1 400); do echo link set wgtest0 mtu $((1280 + i)); done | ip -batch -");
        home.Ip($"link set wgtest0 netns {second.Name}");
        second.Ip("link set wgtest0 up mtu 1999");
        gate.Set();
        tunnel.WaitFor(state => state is { IsUp: true, Mtu: 1999, Moves: 1 });
    }

    [NetworkFact]
    public void Every_kind_of_change_of_the_routing_is_reported()
    {
        foreach (var change in (string[])[
            "address add 10.1.0.1/24 dev lo", "route add 10.2.0.0/24 dev lo", "rule add fwmark 7 table 77", "nexthop add id 5 dev lo",
            "address add fd00::1/64 dev lo", "-6 route add fd01::/64 dev lo", "-6 rule add fwmark 7 table 77", "link set lo down"])
        {
            using var home = new NetworkNamespace();
            using var tunnel = new Tunnel(home);
            tunnel.Start("mtu 1420", "down");
            Assert.Equal(0, tunnel.Events.WaitingRoutes);
            home.Ip(change);
            tunnel.Events.TakeRoutes();
        }
    }

    [NetworkFact]
    public void Many_changes_of_routes_are_reported_a_few_times_a_second_and_once_after_the_last()
    {
        using var home = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        tunnel.Start("mtu 1420", "down");
        var begin = Environment.TickCount64;
        home.Shell("for i in $(seq 1 1000); do echo route add 10.3.$((i / 250)).$((i % 250)) dev lo; done | ip -batch -");
        home.Shell("for i in $(seq 1 1000); do echo route add 10.4.$((i / 250)).$((i % 250)) dev lo; done | ip -batch -");
        var end = Environment.TickCount64;
        var reports = new List<long>();
        do reports.Add(tunnel.Events.TakeRoutes());
        while (reports[^1] < end && end - begin > LinuxLinkMonitor.RouteInterval);
        for (var index = 1; index < reports.Count; index++) Assert.True(reports[index] - reports[index - 1] >= LinuxLinkMonitor.RouteInterval - 20);
    }

    [NetworkFact]
    public void Routes_of_other_namespaces_are_not_reported()
    {
        using var home = new NetworkNamespace();
        using var second = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        tunnel.Start("mtu 1420", "down");
        home.Ip($"link set wgtest0 netns {second.Name}");
        tunnel.Events.Expect("moved");

        // The move is a change of the links at home; the report after this one answers for all of it.
        home.Ip("route add 10.8.0.0/24 dev lo");
        var added = Environment.TickCount64;
        while (tunnel.Events.TakeRoutes() < added)
        {
        }
        second.Ip("address add 10.1.0.1/24 dev wgtest0");
        second.Ip("link set wgtest0 up");
        second.Ip("route add 10.9.0.0/24 dev lo");
        tunnel.Events.Expect("up");
        second.Ip("link set wgtest0 mtu 1300");
        tunnel.Events.Expect("mtu 1300");
        Assert.Equal(0, tunnel.Events.WaitingRoutes);
    }

    [NetworkFact]
    public void Disposing_ends_the_thread_also_before_it_was_started()
    {
        using var home = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        tunnel.Start("mtu 1420", "down");
        tunnel.Monitor.Dispose();
        tunnel.Monitor.Dispose();
        home.Run(() => new LinuxLinkMonitor(tunnel.Device)).Dispose();
        home.Ip("link set wgtest0 up");
        tunnel.Events.ExpectNothingMore();
    }
}
