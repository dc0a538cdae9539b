using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Interfaces in other places than usual.</summary>
public sealed class NamespaceTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task An_interface_moved_to_another_namespace_sends_from_where_the_daemon_was_born(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        var inner = await network.AddNamespaceAsync("inner");
        await tunnel.Left.MoveInterfaceAsync(inner);
        await tunnel.Left.UpAsync(1380, "10.77.0.1/24", "fd77::1/64");
        using (var ping = Pinger.Open(inner, Tunnel.RightV4)) await ping.EverySizeAsync(1380, step: 13);
        tunnel.Left.Daemon.DemandRunning();

        // And back home, where it must be followed as well.
        await tunnel.Left.MoveInterfaceAsync(tunnel.Left.Host);
        await tunnel.Left.UpAsync(1420, "10.77.0.1/24", "fd77::1/64");
        using (var ping = Pinger.Open(tunnel.Left.Host, Tunnel.RightV6)) await ping.EverySizeAsync(1420, step: 13);

        await tunnel.Left.Host.IpAsync($"link del {tunnel.Left.Interface}");
        await tunnel.Left.Daemon.ExitAsync();
    }

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task Several_interfaces_in_one_namespace_do_not_disturb_each_other(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var (leftHost, rightHost) = await network.AddTwoHostsAsync();
        var pairs = new List<(TunnelEnd Left, TunnelEnd Right, Pinger Ping)>();
        for (var n = 1; n <= 3; n++)
        {
            var here = await network.StartAsync(left, leftHost);
            var there = await network.StartAsync(right, rightHost);
            await there.ConfigureAsync(52000 + n, new PeerSettings(here.PublicKey, $"10.78.{n}.1/32"));
            await there.UpAsync(1420, $"10.78.{n}.2/24");
            await here.ConfigureAsync(0, new PeerSettings(there.PublicKey, $"10.78.{n}.2/32") { Endpoint = $"10.9.0.2:{52000 + n}" });
            await here.UpAsync(1420, $"10.78.{n}.1/24");
            pairs.Add((here, there, Pinger.Open(leftHost, System.Net.IPAddress.Parse($"10.78.{n}.2"))));
        }
        await Task.WhenAll(pairs.Select(pair => pair.Ping.EverySizeAsync(1420, step: 29)));
        await pairs[1].Left.StopAsync();
        await pairs[0].Ping.PingAsync();
        await pairs[2].Ping.PingAsync();
        foreach (var pair in pairs) pair.Ping.Dispose();
    }

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task A_host_without_ipv6_works_over_ipv4(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right, new TunnelOptions { LeftWithoutIpv6 = true });
        await tunnel.ConnectAsync();
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await ping.EverySizeAsync(1420, step: 29);
    }
}
