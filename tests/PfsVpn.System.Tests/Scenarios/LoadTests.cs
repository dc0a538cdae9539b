using System.Net;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>A flood of initiations that anyone can send: cookies keep the way open for real peers.</summary>
[Collection(Heavy.Name)]
public sealed class LoadTests(ITestOutputHelper output)
{
    private const int CrowdSize = 1500;

    private static readonly IPAddress Attacker = IPAddress.Parse("10.9.0.66");

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Under_a_flood_the_right_end_demands_cookies_and_the_left_end_connects_with_one(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output) { LogLevel = "info" };
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await TestNetwork.AddAddressesAsync(tunnel.Left.Host, "eth0", $"{Attacker}/24");
        var target = IPEndPoint.Parse($"10.9.0.2:{Tunnel.RightPort}");
        await ForgedInitiations.AddCrowdAsync(tunnel.Left.Host, tunnel.Right.Host, IPAddress.Parse("10.9.0.1"));
        using var forged = new ForgedInitiations(tunnel.Left.Host, Attacker, target, tunnel.Right.PublicKey, CrowdSize);
        using var stop = new CancellationTokenSource();
        var flood = forged.FloodAsync(stop.Token);
        try
        {
            await Wait.UntilAsync("cookie replies to a flood of initiations", () => forged.Cookies > 0);
            using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
            // The first initiation gets a cookie, the next one, 5 s later, carries it.
            await ping.UntilAnsweredAsync(TimeSpan.FromSeconds(60));
            if (right == Implementation.PfsVpn)
            {
                Assert.True(await DropCounts.OfAsync(tunnel.Right, "CookieDemanded") > 0, "cookies were demanded but not counted");
                await tunnel.Right.Daemon.LineAsync("Under load");
            }
            if (left == Implementation.PfsVpn) await tunnel.Left.Daemon.LineAsync("demands a cookie");
        }
        finally
        {
            await stop.CancelAsync();
            await flood;
        }
        network.Journal.Add("result", $"{forged.Sent} forged initiations, {forged.Cookies} cookie replies");
    }

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task A_cookie_opens_the_door_for_its_own_address_only_and_traffic_goes_on_meanwhile(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output) { LogLevel = "info" };
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        await TestNetwork.AddAddressesAsync(tunnel.Right.Host, "eth0", $"{Attacker}/24", "10.9.0.67/24", "10.9.0.68/24");
        var target = IPEndPoint.Parse($"10.9.0.1:{Tunnel.LeftPort}");
        await ForgedInitiations.AddCrowdAsync(tunnel.Right.Host, tunnel.Left.Host, IPAddress.Parse("10.9.0.2"));
        using var forged = new ForgedInitiations(tunnel.Right.Host, Attacker, target, tunnel.Left.PublicKey, CrowdSize);
        using var honest = new ForgedInitiations(tunnel.Right.Host, IPAddress.Parse("10.9.0.67"), target, tunnel.Left.PublicKey);
        using var thief = new ForgedInitiations(tunnel.Right.Host, IPAddress.Parse("10.9.0.68"), target, tunnel.Left.PublicKey);
        using var ping = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV4);
        using var stop = new CancellationTokenSource();
        var flood = forged.FloodAsync(stop.Token);
        try
        {
            await Wait.UntilAsync("cookie replies to a flood of initiations", () => forged.Cookies > 0);
            byte[]? cookie = null;
            await Wait.UntilAsync("a cookie reply that opens under the target's public key", () => (cookie = honest.TryGetCookie(default, TimeSpan.FromSeconds(1))) is not null);
            Assert.True(honest.TryGetCookie(cookie, TimeSpan.FromSeconds(1)) is null, "an initiation with a valid mac2 got another cookie reply");
            await Wait.UntilAsync("a cookie reply to a cookie of another address", () => thief.TryGetCookie(cookie, TimeSpan.FromSeconds(1)) is not null);
            // A full socket buffer may cost some packets, never the session.
            for (var i = 0; i < 10; i++) await ping.UntilAnsweredAsync();
        }
        finally
        {
            await stop.CancelAsync();
            await flood;
        }
    }
}
