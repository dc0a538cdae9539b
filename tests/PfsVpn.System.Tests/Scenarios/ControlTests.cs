using System.Text.RegularExpressions;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Configuration while the tunnel runs, by the stock `wg` and by `pfsvpn`.</summary>
public sealed partial class ControlTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task Setting_the_same_configuration_again_keeps_the_session(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        var before = await tunnel.Left.PeerAsync(tunnel.Right);
        var shown = await tunnel.Left.Host.RunAsync("wg", "showconf", tunnel.Left.Interface);
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        for (var i = 0; i < 5; i++)
        {
            Shell.Checked(await tunnel.Left.Host.TryRunAsync("wg", ["syncconf", tunnel.Left.Interface, "/dev/stdin"], shown));
            await tunnel.Left.SetPeerAsync(tunnel.Right, "persistent-keepalive 25 allowed-ips 10.77.0.2/32,fd77::2/128");
            await ping.PingAsync();
        }
        // No packet was lost, and none needed a new handshake.
        Assert.Equal(before.LatestHandshake, (await tunnel.Left.PeerAsync(tunnel.Right)).LatestHandshake);
        Assert.Equal(before.LatestHandshake, (await tunnel.Right.PeerAsync(tunnel.Left)).LatestHandshake);
    }

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task Another_private_key_ends_the_session_and_the_old_one_connects_anew(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await SetPrivateKeyAsync(tunnel.Left, await WireGuardKey.GenerateAsync());
        Assert.True(await ping.TryPingAsync() is null, "a ping passed under a private key that the peer does not know");
        await SetPrivateKeyAsync(tunnel.Left, tunnel.Left.PrivateKey);
        await ping.UntilAnsweredAsync();
    }

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task A_port_that_is_in_use_is_refused_and_the_tunnel_goes_on(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        var other = await network.StartAsync(left, tunnel.Left.Host);
        await other.UpAsync(1420);
        var result = await other.Host.TryRunAsync("wg", ["set", other.Interface, "listen-port", $"{Tunnel.LeftPort}"]);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Address already in use", result.Error, StringComparison.Ordinal);
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await ping.PingAsync();
        await other.SetAsync("listen-port 40404");
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Pfsvpn_shows_what_wg_shows_and_sets_what_wg_sets(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right, new TunnelOptions { PresharedKey = WireGuardKey.Random(), LeftKeepalive = 25 });
        await tunnel.ConnectAsync();
        var name = tunnel.Left.Interface;
        foreach (var selector in new[] { "public-key", "private-key", "listen-port", "fwmark", "peers", "preshared-keys", "endpoints", "allowed-ips", "latest-handshakes", "persistent-keepalive" })
            Assert.Equal(await tunnel.Left.Host.RunAsync("wg", "show", name, selector), await tunnel.Left.Host.RunAsync(Programs.Cli, "show", name, selector));
        Assert.Equal(await tunnel.Left.Host.RunAsync("wg", "showconf", name), await tunnel.Left.Host.RunAsync(Programs.Cli, "showconf", name));
        // Seconds and byte counts go on between the two commands.
        Assert.Equal(
            Moving().Replace(await tunnel.Left.Host.RunAsync("wg", "show", name), "#"),
            Moving().Replace(await tunnel.Left.Host.RunAsync(Programs.Cli, "show", name), "#"));

        await tunnel.Left.Host.RunAsync(Programs.Cli, "set", name, "peer", tunnel.Right.PublicKey, "persistent-keepalive", "off", "allowed-ips", "10.77.0.2/32,10.99.0.0/16");
        var peer = await tunnel.Left.PeerAsync(tunnel.Right);
        Assert.Equal(0, peer.PersistentKeepalive);
        Assert.Equal("10.77.0.2/32,10.99.0.0/16", peer.AllowedIps);
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await ping.PingAsync();
    }

    [GeneratedRegex("[0-9.]+ (seconds?|minutes?|KiB|B)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Moving();

    private static async Task SetPrivateKeyAsync(TunnelEnd end, string key) =>
        Shell.Checked(await end.Host.TryRunAsync("wg", ["set", end.Interface, "private-key", "/dev/stdin"], key + "\n"));
}
