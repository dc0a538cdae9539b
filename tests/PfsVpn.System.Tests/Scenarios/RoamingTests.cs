using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Peers that move: the endpoint follows the last authenticated packet.</summary>
public sealed class RoamingTests(ITestOutputHelper output)
{
    private static readonly IPEndPoint LeftOverV4 = IPEndPoint.Parse($"10.9.0.1:{Tunnel.LeftPort}");
    private static readonly IPEndPoint LeftOverV6 = IPEndPoint.Parse($"[fd09::1]:{Tunnel.LeftPort}");

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task A_peer_roams_from_v4_to_v6_and_back_and_to_another_address_and_port(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        using var back = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV4);
        await tunnel.Right.EndpointAsync(tunnel.Left, LeftOverV4);

        foreach (var (endpoint, seen) in new[] { ("[fd09::2]", LeftOverV6), ("10.9.0.2", LeftOverV4), ("[fd09::2]", LeftOverV6), ("10.9.0.2", LeftOverV4) })
        {
            await tunnel.Left.SetPeerAsync(tunnel.Right, $"endpoint {endpoint}:{Tunnel.RightPort}");
            await AnswerAsync(ping);
            await tunnel.Right.EndpointAsync(tunnel.Left, seen);
            await AnswerAsync(back);
        }

        await tunnel.Left.Host.IpAsync("address del 10.9.0.1/24 dev eth0");
        await tunnel.Left.Host.IpAsync("address add 10.9.0.77/24 dev eth0");
        await ping.UntilAnsweredAsync();
        await tunnel.Right.EndpointAsync(tunnel.Left, IPEndPoint.Parse($"10.9.0.77:{Tunnel.LeftPort}"));
        await AnswerAsync(back);

        await tunnel.Left.SetAsync("listen-port 40000");
        await ping.UntilAnsweredAsync();
        await tunnel.Right.EndpointAsync(tunnel.Left, IPEndPoint.Parse("10.9.0.77:40000"));
        await AnswerAsync(back);

        // wireguard-go sends a packet or two to a mangled address when the family of the endpoint changes.
        Task AnswerAsync(Pinger pinger) => left == right && left == Implementation.PfsVpn ? pinger.PingAsync() : pinger.UntilAnsweredAsync();
    }

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task Packets_that_do_not_authenticate_move_nobody(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        using var stranger = tunnel.Right.Host.OpenUdp(IPAddress.Parse("10.9.0.2"));
        var data = new byte[64];
        data[0] = 4;
        for (var i = 0; i < 50; i++) stranger.SendTo(data, LeftOverV4);
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await ping.PingAsync();
        await tunnel.Left.EndpointAsync(tunnel.Right, IPEndPoint.Parse($"10.9.0.2:{Tunnel.RightPort}"));
    }
}
