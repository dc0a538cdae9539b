using System.Diagnostics;
using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>A flood of initiations from one source at full rate: tunnels, newcomers and timers do not notice it.</summary>
[Collection(Heavy.Name)]
public sealed class FloodTests(ITestOutputHelper output)
{
    private const int NewcomerPort = 51823;
    private const long TransferSize = 64L << 20;

    private static readonly TimeSpan FloodTime = TimeSpan.FromSeconds(10);
    private static readonly IPAddress Attacker = IPAddress.Parse("10.9.0.66");
    private static readonly IPAddress InnerTarget = IPAddress.Parse("10.78.0.2");

    [SystemTheory]
    [InlineData(Implementation.PfsVpn)]
    [InlineData(Implementation.WireGuardGo)]
    public async Task During_a_flood_from_one_source_the_tunnel_works_a_newcomer_needs_no_cookie_and_deadlines_hold(Implementation newcomer)
    {
        await using var network = new TestNetwork(output) { LogLevel = "info" };
        var tunnel = await Tunnel.CreateAsync(network, Implementation.PfsVpn, Implementation.PfsVpn, new TunnelOptions { LeftKeepalive = 1 });
        await tunnel.Right.SetPeerAsync(tunnel.Left, "persistent-keepalive 1");
        await tunnel.ConnectAsync();
        var guest = await AddNewcomerAsync(tunnel, newcomer);
        await TestNetwork.AddAddressesAsync(tunnel.Left.Host, "eth0", $"{Attacker}/24");
        using var forged = new ForgedInitiations(tunnel.Left.Host, Attacker, IPEndPoint.Parse($"10.9.0.2:{Tunnel.RightPort}"), tunnel.Right.PublicKey);
        using var stop = new CancellationTokenSource();
        var watch = Stopwatch.StartNew();
        var flood = forged.FloodAsync(stop.Token, fullRate: true);
        try
        {
            await Wait.UntilAsync("cookie replies to a flood of initiations", () => forged.Cookies > 0);
            await Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, TransferSize);
            using (var ping = Pinger.Open(guest.Interior, InnerTarget)) await ping.UntilAnsweredAsync();
            await Wait.UntilAsync("ten seconds of flood", () => watch.Elapsed > FloodTime);
        }
        finally
        {
            await stop.CancelAsync();
            await flood;
        }

        Assert.Contains("packets 0 ", await guest.Host.RunAsync("nft", "list", "counter", "ip", "watch", "cookies"), StringComparison.Ordinal);
        var drops = await DropCounts.AllAsync(tunnel.Right);
        Assert.True(drops.GetValueOrDefault("CookieDemanded") > 0, "cookies were demanded but not counted");
        Assert.True(drops.GetValueOrDefault("RateLimited") > 0, "more came than cookie replies are sent, but was not counted");
        var lateness = await LatenessAsync(tunnel.Right);
        network.Journal.Add("result", $"{forged.Sent} forged initiations in {watch.Elapsed.TotalSeconds:0.0} s, {forged.Cookies} cookie replies, worst lateness {lateness:0.000} ms");
        Assert.InRange(lateness, 0, 1000);
    }

    /// <summary>Another interface on the attacker's host with a key of its own, which the target knows. Cookie replies to it are counted by its kernel.</summary>
    private static async Task<TunnelEnd> AddNewcomerAsync(Tunnel tunnel, Implementation implementation)
    {
        var target = tunnel.Right;
        var guest = await tunnel.Network.StartAsync(implementation, tunnel.Left.Host);
        await guest.Host.NftAsync($$"""
            table ip watch {
              counter cookies { }
              chain input { type filter hook input priority 0; udp sport {{Tunnel.RightPort}} udp dport {{NewcomerPort}} udp length 72 counter name cookies; }
            }
            """);
        await guest.ConfigureAsync(NewcomerPort, new PeerSettings(target.PublicKey, $"{InnerTarget}/32") { Endpoint = $"10.9.0.2:{Tunnel.RightPort}" });
        await guest.UpAsync(1420, "10.78.0.1/24");
        await target.SetPeerAsync(guest, "allowed-ips 10.78.0.1/32");
        await TestNetwork.AddAddressesAsync(target.Interior, target.Interface, $"{InnerTarget}/24");
        return guest;
    }

    private static async Task<double> LatenessAsync(TunnelEnd end) =>
        (await ControlSocket.StatusAsync(end.Interface)).GetProperty("timers").GetProperty("worst_lateness_ms").GetDouble();
}
