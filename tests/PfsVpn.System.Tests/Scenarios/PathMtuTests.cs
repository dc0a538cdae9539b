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
        var (leftHost, router, rightHost) = (await network.AddNamespaceAsync("left"), await network.AddNamespaceAsync("router"), await network.AddNamespaceAsync("right"));
        await TestNetwork.ConnectAsync(leftHost, router, "eth0");
        await TestNetwork.ConnectAsync(router, rightHost, "eth1", SmallLink);
        await TestNetwork.AddAddressesAsync(leftHost, "eth0", "10.8.0.1/24");
        await TestNetwork.AddAddressesAsync(router, "eth0", "10.8.0.254/24");
        await TestNetwork.AddAddressesAsync(router, "eth1", "10.9.0.254/24");
        await TestNetwork.AddAddressesAsync(rightHost, "eth1", "10.9.0.2/24");
        await leftHost.IpAsync("route add 10.9.0.0/24 via 10.8.0.254");
        await rightHost.IpAsync("route add 10.8.0.0/24 via 10.9.0.254");
        await router.SysctlAsync("net.ipv4.ip_forward=1");
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
