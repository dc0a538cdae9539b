using System.Globalization;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Large transfers: every byte arrives, both ways.</summary>
[Collection(Heavy.Name)]
public sealed class TransferTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.AllAndMeasure), MemberType = typeof(Pairs))]
    public async Task A_large_tcp_transfer_arrives_intact_both_ways(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        var there = await Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, Transfer.LargeSize);
        var back = await Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV6, Transfer.LargeSize);
        var processor = tunnel.Left.Daemon.ProcessorTime + tunnel.Right.Daemon.ProcessorTime;
        network.Journal.Report(string.Create(
            CultureInfo.InvariantCulture,
            $"{tunnel.Left} -> {tunnel.Right}: {Rate(there):0.00} Gbit/s there over IPv4, {Rate(back):0.00} back over IPv6; {processor.TotalSeconds / (2 * Transfer.LargeSize / 1e9):0.00} s of processor per GB, both daemons"));
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task A_transfer_survives_loss_duplication_and_four_connections_at_once(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        // One datagram in a hundred is lost, one in ten arrives twice: TCP above must not notice more than that.
        foreach (var host in new[] { tunnel.Left.Host, tunnel.Right.Host })
        {
            await host.NftAsync("""
                table ip bad {
                  chain lose { type filter hook input priority 0; udp dport { 51821, 51822 } numgen random mod 100 == 0 drop; }
                  chain twice { type filter hook prerouting priority -400; iifname "eth0" udp dport { 51821, 51822 } numgen random mod 10 == 0 dup to 127.0.0.1; }
                }
                """);
        }
        const long size = 4 << 20;
        await Task.WhenAll(
            Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, size),
            Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV6, size),
            Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, size),
            Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV6, size));
        if (right == Implementation.PfsVpn) Assert.True(await DropCounts.OfAsync(tunnel.Right, "ReplayedCounter") > 0, "datagrams came twice, but no replay was counted");
    }

    private static double Rate(TimeSpan time) => Transfer.LargeSize * 8 / time.TotalSeconds / 1e9;
}
