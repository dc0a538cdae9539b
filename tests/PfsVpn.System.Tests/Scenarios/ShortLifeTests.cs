using System.Diagnostics;
using System.Globalization;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>One end is set to a new key every 10 s, the other is a standard one that knows nothing of it.</summary>
/// <remarks>35 s, for three rekeys; all pairs side by side.</remarks>
public sealed class ShortLifeTests(ITestOutputHelper output)
{
    private const int Rekeys = 3;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    [SystemFact]
    public async Task Under_steady_traffic_both_ways_no_packet_is_lost_at_a_rekey_every_10_s() =>
        await Task.WhenAll(Pairs.All.Select(row => OnePairAsync((Implementation)row[0], (Implementation)row[1])));

    private async Task OnePairAsync(Implementation left, Implementation right)
    {
        if (left != Implementation.PfsVpn && right != Implementation.PfsVpn) return;
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        // With two of ours, the one that began the tunnel is the standard one: the short life has to make the responder initiate.
        var shorter = right == Implementation.PfsVpn ? tunnel.Right : tunnel.Left;
        var other = ReferenceEquals(shorter, tunnel.Left) ? tunnel.Right : tunnel.Left;
        await shorter.SetOwnAsync("rekey-after-time 10");
        await tunnel.ConnectAsync();
        var watch = Stopwatch.StartNew();
        using var wire = new WireRecorder(tunnel.Left.Host, watch);
        using var there = SteadyFlow.Start(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, Pace, watch);
        using var back = SteadyFlow.Start(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, Pace, watch);
        await Wait.UntilAsync($"{Rekeys} rekeys of {shorter} and the end of the last key before", async () => await ErasedAsync(shorter) >= Rekeys, TimeSpan.FromSeconds(60));
        var took = watch.Elapsed;
        var secrecy = await shorter.SecrecyAsync();
        await there.StopAsync();
        await back.StopAsync();

        var initiations = wire.Messages.Where(static message => message.Type == 1).ToArray();
        foreach (var (flow, name) in new[] { (there, "there"), (back, "back") })
        {
            var (sent, lost) = flow.Result;
            network.Journal.Report(string.Create(CultureInfo.InvariantCulture,
                $"a key every 10 s at {shorter} beside {other}, {name}: {lost.Count} of {sent} packets lost in {took.TotalSeconds:0.0} s and {initiations.Length} initiations; longest beyond a deadline {secrecy.GetProperty("worst_outliving_ms").GetDouble()} ms"));
            Assert.True(lost.Count == 0, $"{shorter} beside {other}: {lost.Count} of {sent} packets {name} were lost, sent at {string.Join(", ", lost)}; initiations at {string.Join(", ", initiations.Select(static message => message.At))}");
        }
        Assert.All(initiations, message => Assert.Equal(ReferenceEquals(shorter, tunnel.Left), message.FromLeft));
        wire.AssertNoNonceTwice();
        // 1.5 N, at which a key ends; a standard end would show a minute by now.
        Assert.InRange(secrecy.GetProperty("exposure_seconds").GetDouble(), 0, 16);
    }

    private static async Task<int> ErasedAsync(TunnelEnd end) => (await end.SecrecyAsync()).GetProperty("keys").GetProperty("Keypair").GetProperty("erased").GetInt32();
}
