using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Windows;

/// <summary>What a tunnel's file may say more, on Windows: names of endpoints, keys that stand elsewhere, addresses that stay outside, the address that packets leave from; and saving into it.</summary>
public sealed class WindowsFileTests(ITestOutputHelper output)
{
    [WindowsFact]
    public async Task An_endpoint_is_looked_up_and_the_key_comes_from_a_file_beside_it()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        var key = Path.Combine(Path.GetDirectoryName(bed.FilePath)!, "host.key");
        await File.WriteAllTextAsync(key, bed.PrivateKey + "\n");
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var process = await bed.StartKnowingAsync("10.9.0.2 gate.example", "up", "--foreground", await bed.WriteAsync(endpoint: "gate.example", key: "#! PrivateKeyFile = host.key"));
        await bed.IsUpAsync(process);
        await bed.PingAsync("10.77.0.2", "fd77::2");
        Assert.Contains($"10.9.0.2:{Tunnel.RightPort}", await bed.PfsvpnAsync("show", bed.Tunnel, "endpoints"), StringComparison.Ordinal);
        process.Signal(Syscalls.SIGINT);
        Assert.Equal(0, await process.ExitAsync());
    }

    [WindowsFact]
    public async Task A_command_for_the_key_is_run_only_where_an_administrator_has_allowed_it()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        await File.WriteAllTextAsync(bed.Machine.FileOf($@"C:\{bed.Tunnel}.key"), bed.PrivateKey + "\r\n");
        var file = await bed.WriteAsync(key: @"#! PrivateKeyCommand = type C:\%i.key");

        var refused = await bed.TryPfsvpnAsync("up", file);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains($"{file}:2: PrivateKeyCommand: commands of tunnels' files are not run on this machine. ", refused.Error, StringComparison.Ordinal);
        await bed.IsDownAsync();

        Shell.Checked(await bed.Machine.TryRunAsync("reg", ["add", @"HKLM\Software\PfsVpn", "/v", "DangerousScriptExecution", "/t", "REG_DWORD", "/d", "1"]));
        await bed.PfsvpnAsync("up", file);
        await bed.PingAsync("10.77.0.2");
        await bed.PfsvpnAsync("down", file);
    }

    [WindowsFact]
    public async Task What_is_excluded_stays_outside_and_packets_leave_from_the_address_that_is_bound()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        // Not IPv4: Wine binds its sockets to all addresses of the adapter.
        await bed.Host.IpAsync("address add fd09::77/128 dev eth0 nodad preferred_lft 0");
        await bed.PfsvpnAsync("up", await bed.WriteAsync(more: "#! BindAddress = fd09::77", allowedIps: "10.77.0.2/32, 10.78.0.0/16", endpoint: "[fd09::2]", peer: "#! ExcludedIPs = 10.78.128.0/17"));
        await bed.PingAsync("10.77.0.2", "10.78.0.1");
        var routes = await bed.RoutesAsync();
        Assert.Contains("10.78.0.0/17", routes, StringComparison.Ordinal);
        Assert.DoesNotContain("10.78.128.0", routes, StringComparison.Ordinal);
        Assert.StartsWith("[fd09::77]:", Assert.Single(await bed.Right.DumpAsync()).Endpoint, StringComparison.Ordinal);
        await bed.PfsvpnAsync("down", bed.Tunnel);
    }

    [WindowsFact]
    public async Task What_was_changed_is_saved_into_the_file_by_save_and_by_down()
    {
        await using var network = new TestNetwork(output);
        var bed = await UpBed.CreateAsync(network);
        var file = await bed.WriteAsync(more: "SaveConfig = true");
        await bed.PfsvpnAsync("up", file);
        await bed.PfsvpnAsync("set", bed.Tunnel, "peer", bed.Right.PublicKey, "persistent-keepalive", "7");
        await bed.PfsvpnAsync("save", file);
        Assert.Contains("PersistentKeepalive = 7\n", await TextAsync(), StringComparison.Ordinal);
        await bed.PfsvpnAsync("set", bed.Tunnel, "peer", bed.Right.PublicKey, "persistent-keepalive", "8");
        await bed.PfsvpnAsync("down", file);

        var saved = await TextAsync();
        Assert.Contains("PersistentKeepalive = 8\n", saved, StringComparison.Ordinal);
        Assert.Contains("Address = 10.77.0.1/24", saved, StringComparison.Ordinal);
        Assert.Contains("PrivateKey = " + bed.PrivateKey, saved, StringComparison.Ordinal);
        await bed.PfsvpnAsync("up", file);
        await bed.PingAsync("10.77.0.2", "fd77::2");
        await bed.PfsvpnAsync("down", file);

        async Task<string> TextAsync() => (await File.ReadAllTextAsync(bed.FilePath)).Replace("\r\n", "\n", StringComparison.Ordinal);
    }
}
