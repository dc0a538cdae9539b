using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Which peer a packet goes to, and which inner sources a peer may use.</summary>
public sealed class AllowedIpsTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task A_more_specific_prefix_takes_over_while_running_and_gives_back_when_removed(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        var third = await AddThirdAsync(network, tunnel, right);
        var shared = IPAddress.Parse("10.88.1.1");
        foreach (var end in new[] { tunnel.Right, third }) await TestNetwork.AddAddressesAsync(end.Interior, end.Interface, "10.88.1.1/32");
        await tunnel.Left.Interior.IpAsync($"route add 10.88.0.0/16 dev {tunnel.Left.Interface}");

        await tunnel.Left.SetPeerAsync(tunnel.Right, "allowed-ips 10.77.0.2/32,10.88.0.0/16");
        using var ping = Pinger.Open(tunnel.Left.Interior, shared);
        await ping.UntilAnsweredAsync();
        Assert.Equal(0, (await tunnel.Left.PeerAsync(third)).LatestHandshake);

        await tunnel.Left.SetPeerAsync(third, "allowed-ips 10.77.0.3/32,10.88.1.0/24");
        await ping.UntilAnsweredAsync();
        await tunnel.Left.HandshakeAsync(third);
        var before = (await tunnel.Left.PeerAsync(tunnel.Right)).Received;
        for (var i = 0; i < 10; i++) await ping.PingAsync();
        Assert.Equal(before, (await tunnel.Left.PeerAsync(tunnel.Right)).Received);

        await tunnel.Left.SetPeerAsync(third, "remove");
        await ping.UntilAnsweredAsync();
        Assert.True((await tunnel.Left.PeerAsync(tunnel.Right)).Received > before, "after the removal of the third peer the pings should pass to the right one again");
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task A_packet_whose_inner_source_is_not_the_peers_is_dropped_and_counted(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        await TestNetwork.AddAddressesAsync(tunnel.Left.Interior, tunnel.Left.Interface, "10.77.0.9/32", "fd77::9/128");
        var before = await tunnel.Right.Interior.StatisticAsync(tunnel.Right.Interface, "rx", "packets");
        using (var spoofed = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4, IPAddress.Parse("10.77.0.9")))
        using (var spoofed6 = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV6, IPAddress.Parse("fd77::9")))
        {
            Assert.True(await spoofed.TryPingAsync() is null, "a spoofed packet was answered");
            Assert.True(await spoofed6.TryPingAsync() is null, "a spoofed IPv6 packet was answered");
        }
        Assert.Equal(before, await tunnel.Right.Interior.StatisticAsync(tunnel.Right.Interface, "rx", "packets"));
        if (right == Implementation.PfsVpn) Assert.True(await DropCounts.OfAsync(tunnel.Right, "ForbiddenSource") >= 2, "the two spoofed packets are not in the drop counts");
        using var honest = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await honest.PingAsync();
    }

    private static async Task<TunnelEnd> AddThirdAsync(TestNetwork network, Tunnel tunnel, Implementation implementation)
    {
        var host = await network.AddNamespaceAsync("third");
        await TestNetwork.ConnectAsync(tunnel.Left.Host, host, "eth1");
        await TestNetwork.AddAddressesAsync(tunnel.Left.Host, "eth1", "10.10.0.1/24");
        await TestNetwork.AddAddressesAsync(host, "eth1", "10.10.0.3/24");
        var third = await network.StartAsync(implementation, host);
        await third.ConfigureAsync(51823, new PeerSettings(tunnel.Left.PublicKey, "10.77.0.1/32"));
        await third.UpAsync(1420, "10.77.0.3/24");
        await tunnel.Left.SetPeerAsync(third, "endpoint 10.10.0.3:51823 allowed-ips 10.77.0.3/32");
        return third;
    }
}
