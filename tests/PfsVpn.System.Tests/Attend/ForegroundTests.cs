using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>`pfsvpn up --foreground` beside a service manager that only listens.</summary>
public sealed class ForegroundTests(ITestOutputHelper output)
{
    [SystemFact]
    public async Task It_says_that_it_is_ready_lives_reloads_and_stops_and_takes_the_tunnel_down()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        using var manager = new ServiceManager();
        tunnel.Write("Address = 10.77.0.1/24", "Endpoint = 10.9.0.2:51822\nAllowedIPs = 10.77.0.2/32");
        using var foreground = manager.Start(tunnel);
        await manager.HeardAsync("READY=1");
        await foreground.LineAsync($"{tunnel.Name} is up");
        await tunnel.ReachAsync("10.77.0.2");
        await manager.HeardAsync("WATCHDOG=1");
        tunnel.Write("Address = 10.77.0.1/24\nMTU = 1300", "Endpoint = 10.9.0.2:51822\nAllowedIPs = 10.77.0.2/32");
        foreground.Signal(1);
        await manager.HeardAsync("RELOADING=1");
        await manager.HeardAsync("READY=1");
        Assert.Contains("mtu 1300", await tunnel.Left.IpAsync($"link show {tunnel.Name}"), StringComparison.Ordinal);
        foreground.Signal(Syscalls.SIGTERM);
        await manager.HeardAsync("STOPPING=1");
        Assert.Equal(0, await foreground.ExitAsync());
        Assert.NotEqual(0, (await tunnel.Left.TryRunAsync("ip", ["link", "show", tunnel.Name])).ExitCode);
        Assert.False(Directory.Exists("/run/pfsvpn/" + tunnel.Name));
    }

    [SystemFact]
    public async Task A_daemon_that_dies_ends_it_with_an_error_and_only_the_kill_switch_stays()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        using var manager = new ServiceManager();
        tunnel.Write($"Address = 10.77.0.1/24\n#! KillSwitch = on\nPostDown = echo down > {tunnel.Notes}", "Endpoint = 10.9.0.2:51822\nAllowedIPs = 0.0.0.0/0");
        using var foreground = manager.Start(tunnel);
        await manager.HeardAsync("READY=1");
        Syscalls.Signal(await tunnel.DaemonAsync(), Syscalls.SIGKILL);
        Assert.Equal(1, await foreground.ExitAsync());
        Assert.Equal("down\n", await File.ReadAllTextAsync(tunnel.Notes));
        Assert.DoesNotContain("51820", await tunnel.Left.IpAsync("rule show"), StringComparison.Ordinal);
        Assert.Equal($"table inet pfsvpn-kill-{tunnel.Name}\n", await tunnel.Left.RunAsync("nft", "list", "tables"));
        await tunnel.DownAsync();
        Assert.Equal("", await tunnel.Left.RunAsync("nft", "list", "tables"));
    }
}
