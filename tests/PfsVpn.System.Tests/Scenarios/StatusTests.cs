using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>What the status says of peers, of handshakes and of what went wrong.</summary>
public sealed class StatusTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task The_status_says_how_handshakes_went_and_why_the_latest_failed(Implementation left, Implementation right)
    {
        if (left != Implementation.PfsVpn) return;
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        // By the way that its only route forbids.
        await tunnel.Left.Host.IpAsync("route add unreachable 10.9.0.2/32");
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        Assert.Null(await ping.TryPingAsync(bound: TimeSpan.FromMilliseconds(300)));
        var status = await ControlSocket.StatusAsync(tunnel.Left.Interface);
        Assert.Matches(@"^\d+\.\d+\.\d+$", status.GetProperty("version").GetString());
        Assert.InRange(status.GetProperty("uptime_seconds").GetDouble(), 0.1, 60);
        var peer = status.GetProperty("peers")[0];
        Assert.Equal($"10.9.0.2:{Tunnel.RightPort}", peer.GetProperty("endpoint").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, peer.GetProperty("last_handshake_seconds_ago").ValueKind);
        var failure = peer.GetProperty("last_failure");
        Assert.Equal("NetworkUnreachable", failure.GetProperty("reason").GetString());
        Assert.Equal("No route to host", failure.GetProperty("error").GetString());
        Assert.InRange(failure.GetProperty("seconds_ago").GetDouble(), 0, 60);

        await tunnel.Left.Host.IpAsync("route del unreachable 10.9.0.2/32");
        await tunnel.Left.SetPeerAsync(tunnel.Right, $"endpoint [fd09::2]:{Tunnel.RightPort}");
        await ping.UntilAnsweredAsync();
        peer = (await ControlSocket.StatusAsync(tunnel.Left.Interface)).GetProperty("peers")[0];
        Assert.Equal(1, peer.GetProperty("handshakes").GetProperty("completed").GetInt32());
        Assert.True(peer.GetProperty("last_handshake_seconds_ago").GetDouble() < peer.GetProperty("last_failure").GetProperty("seconds_ago").GetDouble());
        var dump = await tunnel.Left.PeerAsync(tunnel.Right);
        Assert.InRange(peer.GetProperty("rx_bytes").GetInt64(), 92 + 128, dump.Received);
        Assert.InRange(peer.GetProperty("tx_packets").GetInt32(), 3, 100);
    }
}
