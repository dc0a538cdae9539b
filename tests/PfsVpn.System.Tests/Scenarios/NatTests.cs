using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>The left end sits behind a NAT that forgets a UDP mapping after three seconds.</summary>
public sealed class NatTests(ITestOutputHelper output)
{
    private static readonly TimeSpan PastTheMapping = TimeSpan.FromSeconds(5);

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Persistent_keepalive_holds_a_short_mapping_open_and_without_it_the_mapping_is_gone(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var (leftHost, rightHost) = await AddHostsBehindNatAsync(network);
        var tunnel = await Tunnel.CreateAsync(network, left, leftHost, right, rightHost, new TunnelOptions { LeftKeepalive = 1 });
        // The keepalive alone makes the tunnel: nobody pings yet.
        await tunnel.Left.HandshakeAsync(tunnel.Right);
        await tunnel.Right.HandshakeAsync(tunnel.Left);
        using var back = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV4);
        // Time itself is what is tested here: the mapping's life must pass with nothing but keepalives.
        await Task.Delay(PastTheMapping);
        Assert.True(await back.TryPingAsync(bound: TimeSpan.FromSeconds(2)) is not null, "the keepalives did not hold the mapping open: the right end cannot reach the left one");
        Assert.StartsWith("10.9.0.1:", (await tunnel.Right.PeerAsync(tunnel.Left)).Endpoint, StringComparison.Ordinal);

        await tunnel.Left.SetPeerAsync(tunnel.Right, "persistent-keepalive off");
        await Task.Delay(PastTheMapping);
        Assert.True(await back.TryPingAsync(bound: TimeSpan.FromSeconds(1)) is null, "the NAT of this test forgets nothing, so it tests nothing");

        // From 0 to N sends one at once, so the way is open again without a packet of anyone's.
        await tunnel.Left.SetPeerAsync(tunnel.Right, "persistent-keepalive 25");
        await back.UntilAnsweredAsync(TimeSpan.FromSeconds(3));
    }

    private static async Task<(NetworkNamespace Left, NetworkNamespace Right)> AddHostsBehindNatAsync(TestNetwork network)
    {
        var left = await network.AddNamespaceAsync("left");
        var nat = await network.AddNamespaceAsync("nat");
        var right = await network.AddNamespaceAsync("right");
        await TestNetwork.ConnectAsync(left, nat, "inside");
        await TestNetwork.ConnectAsync(nat, right, "outside");
        await TestNetwork.AddAddressesAsync(left, "inside", "192.168.9.2/24");
        await TestNetwork.AddAddressesAsync(nat, "inside", "192.168.9.1/24");
        await TestNetwork.AddAddressesAsync(nat, "outside", "10.9.0.1/24");
        await TestNetwork.AddAddressesAsync(right, "outside", "10.9.0.2/24");
        await left.IpAsync("route add default via 192.168.9.1");
        await nat.NftAsync("""
            table ip nat {
              chain post { type nat hook postrouting priority 100; oifname "outside" masquerade random; }
            }
            table ip only {
              chain forward { type filter hook forward priority 0; policy drop; iifname "inside" accept; ct state established accept; }
            }
            """);
        await nat.SysctlAsync("net.ipv4.ip_forward=1", "net.netfilter.nf_conntrack_udp_timeout=3", "net.netfilter.nf_conntrack_udp_timeout_stream=3");
        return (left, right);
    }
}
