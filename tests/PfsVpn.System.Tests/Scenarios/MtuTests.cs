using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>The interface's MTU, small and large, and its change while packets pass.</summary>
public sealed class MtuTests(ITestOutputHelper output)
{
    private const int Largest = 34_736;

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task The_mtu_goes_from_1280_to_34736_and_back_while_running(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right, new TunnelOptions { Mtu = 1280, LinkMtu = 65_535 });
        await tunnel.ConnectAsync();
        using var v4 = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        using var v6 = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV6);
        foreach (var mtu in new[] { 1280, 1420, 9000, Largest, 1500, 1280 })
        {
            await SetMtuAsync(tunnel, mtu);
            await v4.EverySizeAsync(mtu, step: Math.Max(1, mtu / 97));
            await v6.EverySizeAsync(mtu, step: Math.Max(1, mtu / 89));
            await UdpExchange.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV6, [0, 1, mtu - 48, mtu - 47, 9000, 60_000]);
        }
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Outer_packets_larger_than_the_link_travel_as_fragments(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right, new TunnelOptions { Mtu = 9000, LinkMtu = 1500 });
        await tunnel.ConnectAsync();
        using var v4 = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await v4.EverySizeAsync(9000, step: 101);
        await UdpExchange.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, [1500, 8972, 20_000]);
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task The_mtu_changes_under_a_running_transfer(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        var transfer = Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, 64 << 20);
        for (var round = 0; round < 5 && !transfer.IsCompleted; round++)
        {
            await SetMtuAsync(tunnel, 1280);
            await SetMtuAsync(tunnel, 1420);
        }
        await transfer;
    }

    private static async Task SetMtuAsync(Tunnel tunnel, int mtu)
    {
        foreach (var end in new[] { tunnel.Left, tunnel.Right }) await end.Interior.IpAsync($"link set {end.Interface} mtu {mtu}");
    }
}
