using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Windows;

/// <summary>How pfsvpnd.exe ends: asked to, because its adapter is gone, and killed.</summary>
public sealed class WindowsEndTests(ITestOutputHelper output)
{
    [WindowsFact]
    public async Task Ctrl_c_ends_it_in_order_and_the_next_one_takes_its_name()
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.Windows, Implementation.PfsVpn);
        await tunnel.ConnectAsync();
        var wire = ((WindowsHost)tunnel.Left.Tools).WireOf(tunnel.Left.Interface);

        Assert.Equal(0, await tunnel.Left.StopAsync());
        await Wait.UntilAsync("the adapter to be closed", () => wire.Events.EndsWith("E.", StringComparison.Ordinal));
        Assert.Equal(0, wire.BadPackets);

        await tunnel.Left.StartAsync();
        await tunnel.ConfigureLeftAsync(new TunnelOptions());
        await tunnel.ConnectAsync();
    }

    [WindowsTheory]
    [InlineData('D', 0, "ending: the interface was deleted")]
    [InlineData('X', 1, "ending: the interface failed")]
    public async Task The_end_of_the_adapter_is_its_end_in_order(char what, int exitCode, string line)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, Implementation.Windows, Implementation.PfsVpn);
        await tunnel.ConnectAsync();
        await ((WindowsHost)tunnel.Left.Tools).WireOf(tunnel.Left.Interface).CauseAsync(what);

        Assert.Equal(exitCode, await tunnel.Left.Daemon.ExitAsync());
        await tunnel.Left.Daemon.LineAsync(line);
        await tunnel.Left.Daemon.LineAsync("ended");
    }

    [WindowsFact]
    public async Task After_a_kill_the_next_one_takes_its_name()
    {
        await using var network = new TestNetwork(output);
        var options = new TunnelOptions { RightKnowsEndpoint = true };
        var tunnel = await Tunnel.CreateAsync(network, Implementation.Windows, Implementation.PfsVpn, options);
        await tunnel.ConnectAsync();

        await tunnel.Left.KillAsync();
        await tunnel.Left.StartAsync();
        await tunnel.ConfigureLeftAsync(options);
        using var ping = Pinger.Open(tunnel.Right.Interior, Tunnel.LeftV4);
        await ping.UntilAnsweredAsync();
    }
}
