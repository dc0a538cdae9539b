using System.Text.Json;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>`pfsvpn reload` under traffic.</summary>
public sealed class ReloadTests(ITestOutputHelper output)
{
    private const string Peer = "Endpoint = 10.9.0.2:51822\nAllowedIPs = 10.77.0.2/32";
    private const string Another = "\n[Peer]\nPublicKey = lqJN2FOrO4oTcRKXsITHcoW5pDA8JK5bJGpjGqPdxAI=\nAllowedIPs = 10.60.0.0/16\n";

    [SystemFact]
    public async Task Addresses_routes_mtu_and_peers_change_under_traffic_without_a_lost_packet_in_the_same_session()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        tunnel.Write("Address = 10.77.0.1/24", Peer + Another);
        await tunnel.UpAsync();
        await tunnel.ReachAsync("10.77.0.2");
        var handshake = await tunnel.HandshakeAsync();
        using var traffic = tunnel.Left.Start("ping", ["-i", "0.01", "-c", "300", "-q", "10.77.0.2"]);
        tunnel.Write("Address = 10.77.0.1/24, fd77::1/64\nMTU = 1300", Peer + ", 10.88.0.0/16\n#! Name = right\nPersistentKeepalive = 20");
        var dry = Shell.Checked(await tunnel.TryRunAsync("reload", "--dry-run"));
        Assert.Contains("mtu 1300", dry.Error, StringComparison.Ordinal);
        Assert.Contains("10.60.0.0/16", await tunnel.Left.IpAsync("route show"), StringComparison.Ordinal);
        Shell.Checked(await tunnel.TryRunAsync("reload"));
        Assert.False(traffic.HasExited);
        Assert.Contains(" 0% packet loss", await traffic.StandardOutput.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(handshake, await tunnel.HandshakeAsync());
        using var link = JsonDocument.Parse(await tunnel.Left.RunAsync("ip", "-j", "address", "show", "dev", tunnel.Name));
        Assert.Equal(1300, link.RootElement[0].GetProperty("mtu").GetInt32());
        Assert.Contains("fd77::1", link.RootElement.GetRawText(), StringComparison.Ordinal);
        var routes = await tunnel.Left.IpAsync("route show");
        Assert.Contains("10.88.0.0/16", routes, StringComparison.Ordinal);
        Assert.DoesNotContain("10.60.0.0/16", routes, StringComparison.Ordinal);
        Assert.Single((await tunnel.Left.RunAsync("wg", "show", tunnel.Name, "peers")).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var again = Shell.Checked(await tunnel.TryRunAsync("reload"));
        Assert.Equal($"{tunnel.Name}: the file says what is in force already; nothing was changed.\n", again.Error);
    }

    [SystemFact]
    public async Task A_reload_that_fails_takes_everything_back()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        tunnel.Write("Address = 10.77.0.1/24", Peer + Another);
        await tunnel.UpAsync();
        await tunnel.ReachAsync("10.77.0.2");
        var handshake = await tunnel.HandshakeAsync();
        var before = await StateAsync(tunnel);
        // The route is of somebody else already.
        await tunnel.Left.IpAsync("route add 10.88.0.0/16 dev eth0");
        tunnel.Write("Address = 10.77.0.9/24\nMTU = 1300", Peer + ", 10.88.0.0/16\nPersistentKeepalive = 20");
        var reload = await tunnel.TryRunAsync("reload");
        Assert.Equal(1, reload.ExitCode);
        Assert.Contains("add the route 10.88.0.0/16", reload.Error, StringComparison.Ordinal);
        Assert.EndsWith("Everything has been taken back.\n", reload.Error, StringComparison.Ordinal);
        await tunnel.Left.IpAsync("route delete 10.88.0.0/16 dev eth0");
        Assert.Equal(before, await StateAsync(tunnel));
        Assert.Equal(handshake, await tunnel.HandshakeAsync());
    }

    private static async Task<string> StateAsync(QuickTunnel tunnel) => string.Join('\n',
        await tunnel.Left.IpAsync($"-4 address show dev {tunnel.Name}"), await tunnel.Left.IpAsync("route show table all"), await tunnel.Left.RunAsync("wg", "showconf", tunnel.Name));
}
