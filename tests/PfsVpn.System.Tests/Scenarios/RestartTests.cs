using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Ends that die and come back.</summary>
public sealed class RestartTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task A_killed_end_comes_back_over_its_stale_socket_and_the_tunnel_recovers(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var options = new TunnelOptions { RightKnowsEndpoint = true };
        var tunnel = await Tunnel.CreateAsync(network, left, right, options);
        await tunnel.ConnectAsync();

        await tunnel.Right.KillAsync();
        Assert.True(File.Exists(ControlSocket.PathOf(tunnel.Right.Interface)), "a killed daemon cannot have removed its socket");
        await tunnel.Right.StartAsync();
        await tunnel.ConfigureRightAsync(options);
        using (var ping = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV4)) await ping.UntilAnsweredAsync();

        await tunnel.Left.KillAsync();
        await tunnel.Left.StartAsync();
        await tunnel.ConfigureLeftAsync(options);
        using (var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV6)) await ping.UntilAnsweredAsync();
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task An_end_that_lost_its_session_is_found_again_by_the_one_that_kept_it(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var options = new TunnelOptions { RightKnowsEndpoint = true };
        var tunnel = await Tunnel.CreateAsync(network, left, right, options);
        await tunnel.ConnectAsync();
        await tunnel.Right.KillAsync();
        await tunnel.Right.StartAsync();
        await tunnel.ConfigureRightAsync(options);
        // Only the left end sends: after 15 s without an answer it starts a new handshake.
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await ping.UntilAnsweredAsync(TimeSpan.FromSeconds(40));
    }

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task An_interface_that_goes_down_and_up_connects_again(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        await tunnel.Left.Interior.IpAsync($"link set {tunnel.Left.Interface} down");
        await tunnel.Left.Interior.IpAsync($"link set {tunnel.Left.Interface} up");
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await ping.UntilAnsweredAsync();
    }
}
