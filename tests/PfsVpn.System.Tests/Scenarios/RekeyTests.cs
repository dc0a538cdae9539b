using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>The rekey after two minutes, in real time.</summary>
[Collection(Patient.Name)]
public sealed class RekeyTests(ITestOutputHelper output)
{
    private static readonly TimeSpan PastARekey = TimeSpan.FromSeconds(200);

    [SystemFact]
    public async Task A_rekey_loses_no_ping_in_any_pair() =>
        await Task.WhenAll(Pairs.All.Select(row => OnePairAsync((Implementation)row[0], (Implementation)row[1])));

    private async Task OnePairAsync(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        var first = (Left: (await tunnel.Left.PeerAsync(tunnel.Right)).LatestHandshake, Right: (await tunnel.Right.PeerAsync(tunnel.Left)).LatestHandshake);
        using var there = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        using var back = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV6);
        var rekeyed = RekeyedAsync(tunnel, first.Left, first.Right);
        var interval = TimeSpan.FromMilliseconds(50);
        foreach (var (sent, lost) in await Task.WhenAll(there.SteadilyAsync(interval, rekeyed), back.SteadilyAsync(interval, rekeyed)))
        {
            Assert.True(sent > 2000, $"{tunnel.Left} and {tunnel.Right} rekeyed after only {sent} pings: two minutes have 2400");
            Assert.True(lost.Count == 0, $"{tunnel.Left} and {tunnel.Right} lost {lost.Count} of {sent} pings, sent at {string.Join(", ", lost)}");
        }
    }

    private static async Task RekeyedAsync(Tunnel tunnel, long firstLeft, long firstRight)
    {
        await Task.WhenAll(tunnel.Left.HandshakeAsync(tunnel.Right, firstLeft, PastARekey), tunnel.Right.HandshakeAsync(tunnel.Left, firstRight, PastARekey));
        // Some seconds more, in which the old keypair is erased while the pings go on.
        foreach (var end in new[] { tunnel.Left, tunnel.Right }.Where(end => end.Implementation == Implementation.PfsVpn))
            await Wait.UntilAsync($"{end} to erase the keypair before the rekey", async () => !await HasPreviousKeyAsync(end), TimeSpan.FromSeconds(30));
        await Task.Delay(2000);
    }

    private static async Task<bool> HasPreviousKeyAsync(TunnelEnd end) =>
        (await ControlSocket.StatusAsync(end.Interface)).GetProperty("peers")[0].TryGetProperty("previous_key_age", out _);
}
