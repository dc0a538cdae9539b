using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>The stock `wg-quick` brings the interface up and down.</summary>
public sealed class WgQuickTests(ITestOutputHelper output)
{
    [WgQuickTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task Wg_quick_brings_a_default_route_tunnel_up_saves_it_and_takes_it_down(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var (leftHost, rightHost) = await network.AddTwoHostsAsync();
        await leftHost.IpAsync("route add default via 10.9.0.2");
        var peer = await network.StartAsync(right, rightHost);
        var key = await WireGuardKey.GenerateAsync();
        await peer.ConfigureAsync(Tunnel.RightPort, new PeerSettings(await WireGuardKey.PublicAsync(key), "10.77.0.1/32, fd77::1/128"));
        await peer.UpAsync(1420, "10.77.0.2/24", "fd77::2/64", "10.99.0.1/32");

        var name = TestRun.InterfaceName();
        var file = Path.Combine(TestRun.Folder, name + ".conf");
        await File.WriteAllTextAsync(file, $"""
            [Interface]
            PrivateKey = {key}
            Address = 10.77.0.1/24, fd77::1/64
            MTU = 1400
            # a comment
            [Peer]
            PublicKey = {peer.PublicKey}
            Endpoint = 10.9.0.2:{Tunnel.RightPort}
            AllowedIPs = 0.0.0.0/0, ::/0
            PersistentKeepalive = 21
            """);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["WG_QUICK_USERSPACE_IMPLEMENTATION"] = Programs.PathOf(left),
            ["LOG_LEVEL"] = "error",
        };
        TestRun.Register(name, () => File.Delete(ControlSocket.PathOf(name)));
        Shell.Checked(await leftHost.TryRunAsync("wg-quick", ["up", file], environment: environment));
        try
        {
            using (var ping = Pinger.Open(leftHost, Tunnel.RightV6)) await ping.UntilAnsweredAsync();
            // This address is reached by the default route only: through the tunnel, while its own packets go past it by their fwmark.
            using (var ping = Pinger.Open(leftHost, IPAddress.Parse("10.99.0.1"))) await ping.EverySizeAsync(1400, step: 29);
            Assert.Contains("mtu 1400", await leftHost.IpAsync($"link show {name}"), StringComparison.Ordinal);
            var shown = await leftHost.RunAsync("wg", "showconf", name);
            Assert.Contains("FwMark = 0xca6c", shown, StringComparison.Ordinal);
            Assert.Contains("PersistentKeepalive = 21", shown, StringComparison.Ordinal);
            var stripped = await leftHost.RunAsync("wg-quick", "strip", file);
            Shell.Checked(await leftHost.TryRunAsync("wg", ["syncconf", name, "/dev/stdin"], stripped));
            using (var ping = Pinger.Open(leftHost, Tunnel.RightV4)) await ping.PingAsync();
        }
        finally
        {
            Shell.Checked(await leftHost.TryRunAsync("wg-quick", ["down", file], environment: environment));
        }
        await Wait.UntilAsync("the interface to be gone after wg-quick down", async () => (await leftHost.TryRunAsync("ip", ["link", "show", name])).ExitCode != 0);
        await Wait.UntilAsync("the control socket to be gone after wg-quick down", () => !File.Exists(ControlSocket.PathOf(name)));
        TestRun.Unregister(name);
    }
}

/// <summary>wg-quick takes a userspace program only where the kernel has no WireGuard.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WgQuickTheoryAttribute : TheoryAttribute
{
    public WgQuickTheoryAttribute()
    {
        var missing = Requirements.Skip();
        Skip = missing ?? (Directory.Exists("/sys/module/wireguard") ? "wg-quick would use the kernel's own WireGuard, which is loaded here" : null);
    }
}
