using System.Globalization;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Windows;

/// <summary>What a tunnel is for, with pfsvpnd.exe at one end or at both: packets of every size, transfers, pre-shared keys, roaming, IPv4 and IPv6.</summary>
public sealed class WindowsTunnelTests(ITestOutputHelper output)
{
    private const long TransferSize = 8 << 20;

    [WindowsTheory, MemberData(nameof(WindowsPairs.All), MemberType = typeof(WindowsPairs))]
    public async Task Pings_of_every_size_and_transfers_pass_over_ipv4(Implementation left, Implementation right)
    {
        await using var network = Quiet(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right, new TunnelOptions { PresharedKey = WireGuardKey.Random() });
        await tunnel.ConnectAsync();
        using var v4 = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        using var v6 = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV6);
        using var back = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV6);
        await Task.WhenAll(v4.EverySizeAsync(1420), v6.EverySizeAsync(1420, step: 7), back.EverySizeAsync(1420, step: 7));
        // Larger than the MTU: in fragments inside the tunnel.
        await v4.PingAsync(4000);
        var there = await Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV4, TransferSize);
        var again = await Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV6, TransferSize);
        network.Journal.Add("result", string.Create(CultureInfo.InvariantCulture, $"{tunnel.Left} -> {tunnel.Right}: {TransferSize >> 20} MiB in {there.TotalSeconds:0.0} s there and {again.TotalSeconds:0.0} s back"));

        // Both ends saw the same bytes, but for the last ones on their way.
        var (leftPeer, rightPeer) = (await tunnel.Left.PeerAsync(tunnel.Right), await tunnel.Right.PeerAsync(tunnel.Left));
        Assert.InRange(leftPeer.Sent - rightPeer.Received, -10_000, 10_000);
        Assert.InRange(rightPeer.Sent - leftPeer.Received, -10_000, 10_000);
        Assert.True(leftPeer.Sent > TransferSize && rightPeer.Sent > TransferSize, $"{leftPeer} {rightPeer}");
    }

    [WindowsTheory, MemberData(nameof(WindowsPairs.Ours), MemberType = typeof(WindowsPairs))]
    public async Task The_same_pass_over_ipv6(Implementation left, Implementation right)
    {
        await using var network = Quiet(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right, new TunnelOptions { OverIpv6 = true });
        await tunnel.ConnectAsync();
        Assert.Equal($"[fd09::1]:{Tunnel.LeftPort}", (await tunnel.Right.PeerAsync(tunnel.Left)).Endpoint);
        using var v4 = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        using var back = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV6);
        await Task.WhenAll(v4.EverySizeAsync(1420, step: 7), back.EverySizeAsync(1420, step: 7));
        await Transfer.RunAsync(tunnel.Left.Interior, tunnel.Right.Interior, Tunnel.RightV6, TransferSize / 4);
        await Transfer.RunAsync(tunnel.Right.Interior, tunnel.Left.Interior, Tunnel.LeftV4, TransferSize / 4);
    }

    [WindowsTheory, MemberData(nameof(WindowsPairs.Ours), MemberType = typeof(WindowsPairs))]
    public async Task Different_pre_shared_keys_do_not_connect_and_setting_them_right_connects(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var options = new TunnelOptions { PresharedKey = WireGuardKey.Random() };
        var tunnel = await Tunnel.CreateAsync(network, left, right, options);
        await tunnel.SetRightPresharedKeyAsync(WireGuardKey.Random());
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        Assert.True(await ping.TryPingAsync(bound: TimeSpan.FromSeconds(2)) is null, "a ping passed with different pre-shared keys");
        await tunnel.Left.Daemon.LineAsync("pre-shared key");
        Assert.Equal(0, (await tunnel.Left.PeerAsync(tunnel.Right)).LatestHandshake);

        await tunnel.SetRightPresharedKeyAsync(options.PresharedKey);
        await ping.UntilAnsweredAsync();
    }

    [WindowsTheory, MemberData(nameof(WindowsPairs.Ours), MemberType = typeof(WindowsPairs))]
    public async Task A_peer_that_changes_its_port_is_followed(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        await tunnel.Left.SetAsync("listen-port 51899");
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await ping.UntilAnsweredAsync();
        await tunnel.Right.EndpointAsync(tunnel.Left, System.Net.IPEndPoint.Parse("10.9.0.1:51899"));
    }

    // Each packet in the log would be a test of the log.
    private static TestNetwork Quiet(ITestOutputHelper output) => new(output) { LogLevel = "error" };
}
