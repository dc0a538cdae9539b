using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>The moment in which up has taken a tunnel up: it listens, or up says why it cannot.</summary>
public sealed class StartTests(ITestOutputHelper output)
{
    [SystemFact]
    public async Task The_first_packet_after_the_interface_is_up_arrives()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        tunnel.Write("Address = 10.77.0.1/24\nPostUp = ping -c1 -W20 10.77.0.2", $"Endpoint = 10.9.0.2:{Tunnel.RightPort}\nAllowedIPs = 10.77.0.2/32");
        var up = await tunnel.UpAsync();
        Assert.Contains("1 received", up.Output + up.Error, StringComparison.Ordinal);
    }

    [SystemFact]
    public async Task A_port_that_is_taken_fails_up_and_nothing_is_left()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        var other = await tunnel.Network.StartAsync(Implementation.PfsVpn, tunnel.Left);
        await other.ConfigureAsync(Tunnel.LeftPort, new PeerSettings(tunnel.Right.PublicKey, "10.78.0.2/32"));
        await other.UpAsync(1420, "10.78.0.1/24");
        tunnel.Write($"Address = 10.77.0.1/24\nListenPort = {Tunnel.LeftPort}", "AllowedIPs = 10.77.0.2/32");
        var up = await tunnel.TryRunAsync("up");
        Assert.Equal(1, up.ExitCode);
        Assert.Contains($"UDP port {Tunnel.LeftPort} is taken by another program or tunnel: Address already in use.", up.Error, StringComparison.Ordinal);
        Assert.Contains("Everything has been taken back.", up.Error, StringComparison.Ordinal);
        Assert.NotEqual(0, (await tunnel.Left.TryRunAsync("ip", ["link", "show", tunnel.Name])).ExitCode);
    }

    [SystemFact]
    public async Task A_device_to_be_bound_to_that_is_not_there_yet_is_told_of()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        tunnel.Write("Address = 10.77.0.1/24\n#! BindDevice = later0", $"Endpoint = 10.9.0.2:{Tunnel.RightPort}\nAllowedIPs = 10.77.0.2/32");
        Assert.Contains($"Warning: {tunnel.Name} cannot listen yet: No such device.", (await tunnel.UpAsync()).Error, StringComparison.Ordinal);
        await tunnel.Left.IpAsync("link set eth0 name later0");
        await tunnel.Left.IpAsync("link set later0 up");
        await tunnel.ReachAsync("10.77.0.2");
    }
}
