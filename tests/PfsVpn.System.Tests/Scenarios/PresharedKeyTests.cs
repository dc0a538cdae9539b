using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Pre-shared keys: equal, different, and put right later.</summary>
public sealed class PresharedKeyTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Equal_keys_connect(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right, new TunnelOptions { PresharedKey = WireGuardKey.Random() });
        await tunnel.ConnectAsync();
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV6);
        await ping.PingAsync();
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Different_keys_do_not_connect_and_the_log_suspects_why_and_setting_it_right_connects(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var options = new TunnelOptions { PresharedKey = WireGuardKey.Random() };
        var tunnel = await Tunnel.CreateAsync(network, left, right, options);
        await tunnel.SetRightPresharedKeyAsync(WireGuardKey.Random());
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        var first = await ping.TryPingAsync(bound: TimeSpan.FromSeconds(2));
        Assert.True(first is null, "a ping passed with different pre-shared keys");
        if (left == Implementation.PfsVpn) await tunnel.Left.Daemon.LineAsync("pre-shared key");
        Assert.Equal(0, (await tunnel.Left.PeerAsync(tunnel.Right)).LatestHandshake);
        Assert.Equal(0, (await tunnel.Right.PeerAsync(tunnel.Left)).LatestHandshake);

        await tunnel.SetRightPresharedKeyAsync(options.PresharedKey);
        await ping.UntilAnsweredAsync();
    }
}
