using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>The kill switch and excluded destinations, counted on the wire.</summary>
public sealed class KillSwitchTests(ITestOutputHelper output)
{
    private const string Counter = """
        table inet count {
            chain arriving {
                type filter hook prerouting priority -400;
                iifname "eth0" icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept
                iifname "eth0" counter
            }
        }
        """;

    [SystemFact]
    public async Task Nothing_leaves_beside_the_tunnel_when_its_daemon_is_killed_and_up_and_down_find_their_way_again()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        await tunnel.Left.IpAsync("route add default via 10.9.0.2");
        await tunnel.Right.Host.NftAsync(Counter);
        var keyFile = Path.Combine(Path.GetDirectoryName(tunnel.File)!, "key");
        await File.WriteAllTextAsync(keyFile, tunnel.PrivateKey + "\n");
        tunnel.Write("Address = 10.77.0.1/24\n#! KillSwitch = on\n#! PrivateKeyFile = key", "Endpoint = 10.9.0.2:51822\nAllowedIPs = 0.0.0.0/0, ::/0\n#! ExcludedIPs = 10.9.0.0/24", withKey: false);
        await tunnel.UpAsync();
        await tunnel.ReachAsync("10.99.0.1");
        Assert.Contains("dev eth0", await tunnel.Left.IpAsync("route get 10.9.0.7"), StringComparison.Ordinal);
        Assert.Contains($"dev {tunnel.Name}", await tunnel.Left.IpAsync("route get 10.10.0.7"), StringComparison.Ordinal);
        Assert.True(await CountAsync(tunnel) > 0);

        Assert.True(Syscalls.Signal(await tunnel.DaemonAsync(), Syscalls.SIGKILL));
        await Wait.UntilAsync("the end of the interface", async () => (await tunnel.Left.TryRunAsync("ip", ["link", "show", tunnel.Name])).ExitCode != 0);
        var before = await CountAsync(tunnel);
        foreach (var target in (string[])["10.99.0.1", "10.9.0.2", "192.0.2.1", "fd09::2"]) Assert.NotEqual(0, (await tunnel.Left.TryRunAsync("ping", ["-c1", "-W1", target])).ExitCode);
        Assert.Equal(before, await CountAsync(tunnel));

        await tunnel.UpAsync();
        await tunnel.ReachAsync("10.99.0.1");
        await tunnel.DownAsync();
        await tunnel.ReachAsync("10.9.0.2");
        Assert.Equal("", await tunnel.Left.RunAsync("nft", "list", "tables"));
    }

    [SystemFact]
    public async Task A_switch_that_is_always_closed_outlives_down_until_it_is_lifted()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        tunnel.Write("Address = 10.77.0.1/24\n#! KillSwitch = always", "Endpoint = 10.9.0.2:51822\nAllowedIPs = 10.77.0.2/32");
        await tunnel.UpAsync();
        await tunnel.DownAsync();
        Assert.NotEqual(0, (await tunnel.Left.TryRunAsync("ping", ["-c1", "-W1", "10.9.0.2"])).ExitCode);
        Shell.Checked(await tunnel.TryRunAsync("down", "--lift"));
        await tunnel.ReachAsync("10.9.0.2");
    }

    private static async Task<long> CountAsync(QuickTunnel tunnel)
    {
        var words = (await tunnel.Right.Host.RunAsync("nft", "list", "table", "inet", "count")).Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(words[Array.IndexOf(words, "packets") + 1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
