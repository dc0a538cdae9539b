using System.Globalization;
using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>An IPv6 path with a link that is smaller than the others, behind a router that tells nobody: handshakes and small packets pass, large ones vanish.</summary>
public sealed class VanishingPacketTests(ITestOutputHelper output)
{
    private const int SmallLink = 1400;

    [SystemTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_MTU_becomes_what_passes(bool answersInside)
    {
        await using var tunnel = await CreateAsync(new TestNetwork(output));
        if (!answersInside) await tunnel.Right.Interior.SysctlAsync("net.ipv4.icmp_echo_ignore_all=1");
        tunnel.Write("Address = 10.77.0.1/24", $"Endpoint = [fd09::2]:{Tunnel.RightPort}\nAllowedIPs = 10.77.0.2/32\nPersistentKeepalive = 25");
        await tunnel.UpAsync();
        Assert.Equal(1420, await MtuAsync(tunnel));
        await Wait.UntilAsync("the MTU to follow", async () => await MtuAsync(tunnel) == SmallLink - 80);
        await Transfer.RunAsync(tunnel.Left, tunnel.Right.Interior, IPAddress.Parse("10.77.0.2"), 4 << 20);
    }

    private static async Task<QuickTunnel> CreateAsync(TestNetwork network)
    {
        var (left, router, right) = (await network.AddNamespaceAsync("left"), await network.AddNamespaceAsync("router"), await network.AddNamespaceAsync("right"));
        await TestNetwork.ConnectAsync(left, router, "eth0");
        await TestNetwork.ConnectAsync(router, right, "eth1", SmallLink);
        await TestNetwork.AddAddressesAsync(left, "eth0", "fd08::1/64");
        await TestNetwork.AddAddressesAsync(router, "eth0", "fd08::fe/64");
        await TestNetwork.AddAddressesAsync(router, "eth1", "fd09::fe/64");
        await TestNetwork.AddAddressesAsync(right, "eth1", "fd09::2/64");
        await left.IpAsync("-6 route add fd09::/64 via fd08::fe");
        await right.IpAsync("-6 route add fd08::/64 via fd09::fe");
        await router.SysctlAsync("net.ipv6.conf.all.forwarding=1");
        await router.NftAsync("""
            table ip6 silent {
              chain out { type filter hook output priority 0; icmpv6 type packet-too-big drop; }
            }
            """);
        return await QuickTunnel.CreateAsync(network, (left, right));
    }

    private static async Task<int> MtuAsync(QuickTunnel tunnel) => int.Parse((await tunnel.Left.RunAsync("ip", "-o", "link", "show", tunnel.Name)).Split(" mtu ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
}
