using System.Diagnostics;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Windows;

/// <summary>A key every 10 s at the end on Windows, in both roles, beside an end on Linux that knows nothing of it.</summary>
/// <remarks>Two rekeys and the end of the key before them: some 30 s of the protocol's own time; both pairs side by side.</remarks>
[Collection(Patient.Name + " windows")]
public sealed class WindowsRekeyTests(ITestOutputHelper output)
{
    private const int Rekeys = 2;

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20), Nearby = TimeSpan.FromSeconds(2);

    [WindowsFact]
    public async Task Under_steady_traffic_both_ways_no_packet_is_lost_at_a_rekey_every_10_s() =>
        await Task.WhenAll(WindowsPairs.Ours.Select(row => OnePairAsync((Implementation)row[0], (Implementation)row[1])));

    private async Task OnePairAsync(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        var windows = left == Implementation.Windows ? tunnel.Left : tunnel.Right;
        await windows.SetOwnAsync("rekey-after-time 10");
        await tunnel.ConnectAsync();
        var watch = Stopwatch.StartNew();
        using var wire = new WireRecorder(tunnel.Left.Host, watch);
        using var there = SteadyFlow.Start(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, Pace, watch);
        using var back = SteadyFlow.Start(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, Pace, watch);
        await Wait.UntilAsync($"{Rekeys} rekeys of {windows} and the end of the last key before", async () => await ErasedAsync(windows) >= Rekeys, TimeSpan.FromSeconds(60));
        var secrecy = await windows.SecrecyAsync();
        await there.StopAsync();
        await back.StopAsync();

        List<TimeSpan> handshakes = [.. wire.Messages.Where(static message => message.Type is 1 or 2).Select(static message => message.At)];
        foreach (var (flow, name) in new[] { (there, "there"), (back, "back") })
        {
            var (sent, lost) = flow.Result;
            var atRekeys = lost.Where(at => handshakes.Exists(handshake => (at - handshake).Duration() < Nearby)).ToList();
            Assert.True(atRekeys.Count == 0, $"{tunnel.Left} and {tunnel.Right}: {atRekeys.Count} of {sent} packets {name} were lost at a rekey, sent at {string.Join(", ", atRekeys)}");
            // Wine passes each packet through three processes; between two rekeys one that has no turn for long loses some now and then.
            Assert.True(lost.Count <= sent / 100, $"{tunnel.Left} and {tunnel.Right}: {lost.Count} of {sent} packets {name} were lost, sent at {string.Join(", ", lost)}");
        }
        Assert.All(wire.Messages.Where(static message => message.Type == 1), message => Assert.Equal(ReferenceEquals(windows, tunnel.Left), message.FromLeft));
        wire.AssertNoNonceTwice();
        Assert.InRange(secrecy.GetProperty("exposure_seconds").GetDouble(), 0, 16);
        network.Journal.Report($"a key every 10 s at {windows}: {there.Result.Sent + back.Result.Sent} packets, {there.Result.Lost.Count + back.Result.Lost.Count} lost, none at a rekey; longest beyond a deadline {secrecy.GetProperty("worst_outliving_ms").GetDouble()} ms");
    }

    private static async Task<int> ErasedAsync(TunnelEnd end) => (await end.SecrecyAsync()).GetProperty("keys").GetProperty("Keypair").GetProperty("erased").GetInt32();
}
