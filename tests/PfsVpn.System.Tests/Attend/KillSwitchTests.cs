using System.Net;
using System.Net.Sockets;
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

    [SystemFact]
    public async Task A_name_is_looked_up_behind_a_closed_switch_with_the_mark_of_the_daemon()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        using var server = tunnel.Right.Host.OpenUdp(IPAddress.Parse("10.9.0.2"), 53);
        tunnel.SetServer("10.9.0.2");
        tunnel.Write("Address = 10.77.0.1/24\n#! KillSwitch = on", "Endpoint = vpn.example:51822\nAllowedIPs = 10.77.0.2/32\nPersistentKeepalive = 25");
        // It says nothing until the switch is closed.
        var up = await tunnel.UpAsync();
        Assert.Contains("The tunnel is taken up without this endpoint", up.Error, StringComparison.Ordinal);
        using var end = new CancellationTokenSource();
        var answering = AnswerAsync(server, end.Token);
        await tunnel.ConnectedAsync();
        Assert.Equal("10.9.0.2:51822", await tunnel.EndpointAsync());
        await end.CancelAsync();
        await answering;
    }

    /// <summary>Answers each question for an IPv4 address with 10.9.0.2, and others with nothing.</summary>
    private static async Task AnswerAsync(Socket server, CancellationToken end)
    {
        var buffer = new byte[512];
        try
        {
            while (true)
            {
                var received = await server.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), end);
                // Without what the system's resolver may have appended behind the question.
                var name = buffer.AsSpan(12, received.ReceivedBytes - 12).IndexOf((byte)0) + 1;
                byte[] question = [.. buffer.AsSpan(0, 12 + name + 4)];
                var isA = question[^3] == 1;
                byte[] answer = [.. question, .. isA ? Convert.FromHexString("c00c000100010000003c00040a090002") : []];
                (answer[2], answer[3], answer[7], answer[9], answer[11]) = (0x81, 0x80, (byte)(isA ? 1 : 0), 0, 0);
                await server.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint, end);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private static async Task<long> CountAsync(QuickTunnel tunnel)
    {
        var words = (await tunnel.Right.Host.RunAsync("nft", "list", "table", "inet", "count")).Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return long.Parse(words[Array.IndexOf(words, "packets") + 1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
