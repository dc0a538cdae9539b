using System.Diagnostics;
using System.Globalization;
using System.Text;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Large configurations: that they arrive whole, and how long they take, beside wireguard-go.</summary>
[Collection(Heavy.Name)]
public sealed class ScaleTests(ITestOutputHelper output)
{
    private const int Peers = 10_000;
    private const int AllowedIps = 130_560;

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task Ten_thousand_peers_are_configured_shown_and_removed(Implementation left, Implementation right)
    {
        var text = new StringBuilder();
        for (var n = 0; n < Peers; n++) text.Append(new PeerSettings(WireGuardKey.Random(), $"10.{n >> 16}.{(n >> 8) & 255}.{n & 255}/32, fd88::{n:x}/128") { PresharedKey = WireGuardKey.Random() });
        await MeasureAsync("10,000 peers with a pre-shared key and two allowed IPs each", left, right, text.ToString(), dump =>
        {
            Assert.Equal(Peers, dump.Count);
            Assert.All(dump, peer => Assert.Equal(2, peer.AllowedIps.Split(',').Length));
        });
    }

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task A_peer_with_130560_allowed_ips_is_configured_and_shown(Implementation left, Implementation right)
    {
        var networks = Enumerable.Range(0, AllowedIps).Select(n => $"10.{n >> 16}.{(n >> 8) & 255}.{n & 255}/32");
        await MeasureAsync("130,560 allowed IPs of one peer", left, right, new PeerSettings(WireGuardKey.Random(), string.Join(',', networks)).ToString(), dump =>
            Assert.Equal(AllowedIps, Assert.Single(dump).AllowedIps.Split(',').Length));
    }

    private async Task MeasureAsync(string what, Implementation left, Implementation right, string peers, Action<IReadOnlyList<PeerDump>> check)
    {
        await using var network = new TestNetwork(output);
        var host = await network.AddNamespaceAsync("host");
        var times = new List<(Implementation Implementation, double Set, double Show, double Again, long Memory)>();
        foreach (var implementation in new[] { left, right })
        {
            var end = await network.StartAsync(implementation, host);
            await end.ConfigureAsync(0);
            var configuration = $"[Interface]\nPrivateKey = {end.PrivateKey}\n{peers}";
            var set = await SecondsAsync(() => end.SetConfigurationAsync(configuration));
            IReadOnlyList<PeerDump> dump = [];
            var show = await SecondsAsync(async () => dump = await end.DumpAsync());
            check(dump);
            // Once more: nothing may be doubled, and what is there already is found.
            var again = await SecondsAsync(() => end.SetConfigurationAsync(configuration));
            check(await end.DumpAsync());
            times.Add((implementation, set, show, again, end.Daemon.ResidentBytes >> 20));
            await end.ConfigureAsync(0);
            Assert.Empty(await end.DumpAsync());
        }
        foreach (var (implementation, set, show, again, memory) in times)
        {
            network.Journal.Report(string.Create(
                CultureInfo.InvariantCulture,
                $"{what}: {implementation} sets them in {set:0.00} s ({set / times[^1].Set:0.00} of {times[^1].Implementation}'s time), again in {again:0.00} s, shows them in {show:0.00} s, {memory} MB resident"));
        }
    }

    private static async Task<double> SecondsAsync(Func<Task> action)
    {
        var watch = Stopwatch.StartNew();
        await action();
        return watch.Elapsed.TotalSeconds;
    }
}
