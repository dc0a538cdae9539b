using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>A router between the hosts whose next link is smaller than the tunnel was made for, and that nobody tells of it: all ICMP is lost.</summary>
public sealed class PathMtuTests(ITestOutputHelper output)
{
    private const int SmallLink = 1280;

    [SystemFact]
    public async Task A_small_link_behind_a_silent_router_swallows_nothing()
    {
        await using var network = new TestNetwork(output);
        var (leftHost, router, rightHost) = await network.AddRoutedHostsAsync(SmallLink);
        await router.NftAsync("""
            table ip silent {
              chain out { type filter hook output priority 0; meta l4proto icmp drop; }
            }
            """);

        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, leftHost, Implementation.PfsVpn, rightHost);
        await tunnel.ConnectAsync();
        // The tunnel's MTU is 1420: what fills it makes an outer packet of 1480 bytes, both ways.
        using (var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4)) await ping.EverySizeAsync(1420, step: 71);
        await Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, 4 << 20);
        await Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, 4 << 20);
    }
}
