using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>A host with several addresses answers from the one that was spoken to, for as long as it has it.</summary>
public sealed class SourceAddressTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Answers_come_from_the_address_spoken_to_until_it_is_removed(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await TestNetwork.AddAddressesAsync(tunnel.Right.Host, "eth0", "10.9.0.3/24", "fd09::3/64");
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        using var back = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV4);
        foreach (var address in new[] { "10.9.0.3", "10.9.0.2", "10.9.0.3", "[fd09::3]", "[fd09::2]", "[fd09::3]" })
        {
            var endpoint = $"{address}:{Tunnel.RightPort}";
            await tunnel.Left.SetPeerAsync(tunnel.Right, $"endpoint {endpoint}");
            await ping.UntilAnsweredAsync();
            await back.UntilAnsweredAsync();
            // wireguard-go answers from the host's first address, so of it this is not asked.
            if (right != Implementation.PfsVpn) continue;
            // Had an answer come from another address, the left end would have roamed there.
            await tunnel.Left.EndpointAsync(tunnel.Right, IPEndPoint.Parse(endpoint));
        }

        await tunnel.Right.Host.IpAsync("address del fd09::3/64 dev eth0");
        await back.UntilAnsweredAsync();
        await tunnel.Left.EndpointAsync(tunnel.Right, IPEndPoint.Parse($"[fd09::2]:{Tunnel.RightPort}"));

        await tunnel.Left.SetPeerAsync(tunnel.Right, $"endpoint 10.9.0.3:{Tunnel.RightPort}");
        await ping.UntilAnsweredAsync();
        await tunnel.Right.Host.IpAsync("address del 10.9.0.3/24 dev eth0");
        await back.UntilAnsweredAsync();
        await tunnel.Left.EndpointAsync(tunnel.Right, IPEndPoint.Parse($"10.9.0.2:{Tunnel.RightPort}"));
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Packets_follow_the_routing_of_their_fwmark_also_after_it_changes(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        var host = tunnel.Left.Host;
        // Only marked packets find the way to the right host: all others are refused.
        await host.IpAsync("route del 10.9.0.0/24 dev eth0");
        await host.IpAsync("route add unreachable 10.9.0.0/24");
        foreach (var (mark, table) in new[] { ("0x1234", "77"), ("0xabcdef01", "78") })
        {
            await host.IpAsync($"route add 10.9.0.0/24 dev eth0 src 10.9.0.1 table {table}");
            await host.IpAsync($"rule add fwmark {mark} table {table}");
        }
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        Assert.True(await ping.TryPingAsync() is null, "a packet without mark passed: the routing of this test tests nothing");
        await tunnel.Left.SetAsync("fwmark 0x1234");
        await ping.UntilAnsweredAsync();
        await host.IpAsync("rule del fwmark 0x1234 table 77");
        Assert.True(await ping.TryPingAsync() is null, "the mark is not what the packets are routed by");
        await tunnel.Left.SetAsync("fwmark 0xabcdef01");
        await ping.UntilAnsweredAsync();
    }
}
