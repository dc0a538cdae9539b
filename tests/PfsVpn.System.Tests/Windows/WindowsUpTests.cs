using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Windows;

/// <summary>pfsvpn.exe takes tunnels up and down as files describe them: addresses, routes, MTU and name servers by the IP helper, by a service or in the foreground.</summary>
/// <remarks>Wine cannot change any of these: the machine has the tests' iphlpapi.dll, which does it in the namespace.</remarks>
public sealed class WindowsUpTests(ITestOutputHelper output)
{
    private static readonly TimeSpan LongestStop = TimeSpan.FromSeconds(30);

    [WindowsFact]
    public async Task Up_by_a_service_gives_what_the_file_says_and_down_takes_it_away()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        var file = await bed.WriteAsync(more: "MTU = 1380\nDNS = 10.77.0.2, fd77::2, example.org", allowedIps: "10.77.0.2/32, 10.78.0.0/16, fd77::2/128");

        await bed.PfsvpnAsync("up", file);
        Assert.Equal(["10.77.0.1/24", "fd77::1/64"], await bed.AddressesAsync());
        Assert.Equal(1380u, bed.Network.Settings('4').Mtu);
        Assert.Equal(1380u, bed.Network.Settings('6').Mtu);
        Assert.Equal("10.77.0.2", bed.Network.Servers["4"]);
        Assert.Equal("fd77::2", bed.Network.Servers["6"]);
        Assert.Equal("example.org", bed.Network.Servers["4 search"]);
        Assert.Contains("10.78.0.0/16", await bed.RoutesAsync(), StringComparison.Ordinal);
        await bed.PingAsync("10.77.0.2", "10.78.0.1", "fd77::2");
        Assert.Contains($"PfsVpnTunnel${bed.Tunnel}: until pfsvpn down, runs as process ", await bed.PfsvpnAsync("service", "status"), StringComparison.Ordinal);
        Assert.Contains("interface: " + bed.Tunnel, await bed.PfsvpnAsync("show"), StringComparison.Ordinal);
        await bed.WriteAsync(more: "MTU = 1300", allowedIps: "10.77.0.2/32, fd77::2/128");
        await bed.PfsvpnAsync("reload", file);
        Assert.Equal(1300u, bed.Network.Settings('4').Mtu);
        Assert.Empty(bed.Network.Servers);
        Assert.DoesNotContain("10.78.0.0/16", await bed.RoutesAsync(), StringComparison.Ordinal);
        await bed.PingAsync("10.77.0.2", "fd77::2");
        var twice = await bed.TryPfsvpnAsync("up", file);
        Assert.Equal(1, twice.ExitCode);
        Assert.Contains("already exists", twice.Error, StringComparison.Ordinal);

        var watch = System.Diagnostics.Stopwatch.StartNew();
        await bed.PfsvpnAsync("down", file);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, LongestStop);
        await bed.IsDownAsync();
        Assert.Equal("no tunnel is installed as a service\n", await bed.PfsvpnAsync("service", "status"));
        var again = await bed.TryPfsvpnAsync("down", file);
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("it is not up", again.Error, StringComparison.Ordinal);
    }

    [WindowsFact]
    public async Task In_the_foreground_ctrl_c_takes_it_down()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        using var process = bed.Start("up", "--foreground", await bed.WriteAsync());
        await bed.IsUpAsync(process);
        await bed.PingAsync("10.77.0.2", "fd77::2");

        process.Signal(Syscalls.SIGINT);
        Assert.Equal(0, await process.ExitAsync());
        await bed.IsDownAsync();
    }

    [WindowsFact]
    public async Task Bound_to_an_adapter_by_its_alias_it_is_up_by_that_one()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        using var process = bed.Start("up", "--foreground", await bed.WriteAsync(more: "#! BindDevice = eth0"));
        await bed.IsUpAsync(process);
        await bed.PingAsync("10.77.0.2", "fd77::2");
        Assert.Contains("bound to: eth0", await bed.PfsvpnAsync("show"), StringComparison.Ordinal);

        process.Signal(Syscalls.SIGINT);
        Assert.Equal(0, await process.ExitAsync());
        await bed.IsDownAsync();
    }

    [WindowsFact]
    public async Task With_a_default_route_the_daemons_own_packets_stay_outside_the_tunnel()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        // The endpoint is behind a router, so that only a route to it, or the interface, keeps its packets out of the tunnel.
        await bed.Right.Host.IpAsync("address add 192.0.2.1/32 dev lo");
        await bed.Right.Host.IpAsync("address add 198.51.100.1/32 dev lo");
        await bed.Host.IpAsync("route add default via 10.9.0.2 dev eth0 metric 1000");
        await bed.Right.Host.NftAsync("table ip test {\n  chain input {\n    type filter hook input priority 0\n    iifname eth0 ip daddr 198.51.100.1 drop\n  }\n}\n");
        using var process = bed.Start("up", "--foreground", await bed.WriteAsync(allowedIps: "0.0.0.0/0, ::/0", endpoint: "192.0.2.1"));
        await bed.IsUpAsync(process);

        await bed.PingAsync("198.51.100.1", "10.77.0.2");
        Assert.Equal($"192.0.2.1:{Tunnel.RightPort}\n", (await bed.PfsvpnAsync("show", bed.Tunnel, "endpoints")).Split('\t')[1]);
        process.Signal(Syscalls.SIGINT);
        Assert.Equal(0, await process.ExitAsync());
        await bed.IsDownAsync();
    }

    [WindowsFact]
    public async Task Metrics_are_served_beside_the_daemon_and_end_with_it()
    {
        const string Place = "127.0.0.1:9586";
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        var file = await bed.WriteAsync();
        await bed.PfsvpnAsync("up", "--metrics", Place, file);
        Assert.Contains($"pfsvpn_up{{interface=\"{bed.Tunnel}\"}} 1\n", await bed.Host.RunAsync("curl", "-s", $"http://{Place}/metrics"), StringComparison.Ordinal);
        Assert.Contains($"serves {bed.Tunnel} on {Place}; no privileges", await File.ReadAllTextAsync(bed.ServiceLog), StringComparison.Ordinal);

        await bed.PfsvpnAsync("down", file);
        await bed.IsDownAsync();
        await Wait.UntilAsync("the end of the metrics", async () => (await bed.Host.TryRunAsync("curl", ["-s", $"http://{Place}/metrics"])).ExitCode != 0);

        using var other = bed.Start("metrics", bed.Tunnel, "--listen", Place);
        await Wait.UntilAsync("other metrics", async () => (await bed.Host.TryRunAsync("curl", ["-s", $"http://{Place}/metrics"])).ExitCode == 0);
        var refused = await bed.TryPfsvpnAsync("up", "--metrics", Place, file);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"metrics: Unable to listen on {Place}", refused.Error, StringComparison.Ordinal);
        await bed.IsDownAsync();
        other.Signal(Syscalls.SIGINT);
        Assert.Equal(0, await other.ExitAsync());
    }

    [WindowsFact]
    public async Task Commands_of_a_file_run_only_where_an_administrator_has_allowed_it()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        var file = await bed.WriteAsync(more: @"PostUp = echo up> C:\up.txt" + "\n" + @"PostDown = echo down> C:\down.txt");
        var (up, down) = (bed.Machine.FileOf(@"C:\up.txt"), bed.Machine.FileOf(@"C:\down.txt"));

        await bed.PfsvpnAsync("up", file);
        Assert.Contains(@"reg add HKLM\Software\PfsVpn /v DangerousScriptExecution /t REG_DWORD /d 1", await File.ReadAllTextAsync(bed.ServiceLog), StringComparison.Ordinal);
        await bed.PfsvpnAsync("down", file);
        Assert.False(File.Exists(up) || File.Exists(down), "a command was run that nobody had allowed");

        Shell.Checked(await bed.Machine.TryRunAsync("reg", ["add", @"HKLM\Software\PfsVpn", "/v", "DangerousScriptExecution", "/t", "REG_DWORD", "/d", "1"]));
        await bed.PfsvpnAsync("up", file);
        Assert.Equal("up", (await File.ReadAllTextAsync(up)).Trim());
        await bed.PfsvpnAsync("down", file);
        Assert.Equal("down", (await File.ReadAllTextAsync(down)).Trim());
    }

    [WindowsFact]
    public async Task A_step_that_fails_is_said_and_all_before_it_is_taken_back()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        // No IPv6 address with an MTU of less than 1280: that shows when the adapter is there.
        var refused = await bed.TryPfsvpnAsync("up", await bed.WriteAsync(more: "MTU = 600"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("failed, add the address fd77::1/64", refused.Error, StringComparison.Ordinal);
        Assert.Contains("Everything has been taken back.", refused.Error, StringComparison.Ordinal);
        await bed.IsDownAsync();
        Assert.Equal("no tunnel is installed as a service\n", await bed.PfsvpnAsync("service", "status"));
    }

    [WindowsFact]
    public async Task Where_the_kill_switch_cannot_be_closed_the_tunnel_is_not_taken_up()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);

        var refused = await bed.TryPfsvpnAsync("up", await bed.WriteAsync(more: "#! KillSwitch = on"));
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("the Windows Filtering Platform cannot be opened", refused.Error, StringComparison.Ordinal);
        await bed.IsDownAsync();
    }

    [WindowsFact]
    public async Task Without_the_ip_helper_up_says_what_this_windows_lacks_and_leaves_nothing()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network, hasIpHelper: false);

        var refused = await bed.TryPfsvpnAsync("up", await bed.WriteAsync());
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("Windows", refused.Error, StringComparison.Ordinal);
        Assert.Equal("no tunnel is installed as a service\n", await bed.PfsvpnAsync("service", "status"));
        Assert.Empty(await bed.PfsvpnAsync("show"));
    }
}
