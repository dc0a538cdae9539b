using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>What a tunnel is for: packets of every size, of both families, inside packets of both families.</summary>
public sealed class TrafficTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Pings_of_every_size_pass_over_ipv4(Implementation left, Implementation right) => await PingEverySizeAsync(left, right, overIpv6: false);

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Pings_of_every_size_pass_over_ipv6(Implementation left, Implementation right) => await PingEverySizeAsync(left, right, overIpv6: true);

    private async Task PingEverySizeAsync(Implementation left, Implementation right, bool overIpv6)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right, new TunnelOptions { OverIpv6 = overIpv6 });
        await tunnel.ConnectAsync();
        using var v4 = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        using var v6 = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV6);
        using var back = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV6);
        await Task.WhenAll(v4.EverySizeAsync(1420), v6.EverySizeAsync(1420), back.EverySizeAsync(1420, step: 7));
        // Larger than the MTU: in fragments inside the tunnel.
        await v4.PingAsync(4000);
        await v6.PingAsync(4000);
    }
}
