using System.Net;
using System.Text;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Rootless;

/// <summary>Of a program in a tunnel, the host's cable sees WireGuard's messages only: while it works, while the server is gone, and when the daemon is dead.</summary>
[Collection(ExecTests.Collection)]
public sealed class LeakTests(ITestOutputHelper output)
{
    /// <summary>Packets of every kind, to the server, to name servers, to strangers and to the host's own addresses.</summary>
    private const string Attempts =
        """
        ping -c 1 -W 1 10.78.0.1 & ping -c 1 -W 1 fd78::1 & ping -c 1 -W 1 10.9.0.2 & ping -c 1 -W 1 10.9.0.1 & ping -c 1 -W 1 fd09::2 &
        timeout 1 getent ahosts leak.test & timeout 1 bash -c ': > /dev/tcp/10.9.0.2/9' & timeout 1 bash -c ': > /dev/tcp/198.51.100.1/80' &
        bash -c 'echo leak > /dev/udp/198.51.100.1/53; echo leak > /dev/udp/10.9.0.2/53; echo leak > /dev/udp/10.9.0.255/53; echo leak > /dev/udp/fd09::2/53'; wait
        """;

    [SystemFact]
    public async Task The_hosts_cable_sees_WireGuard_only_up_down_and_dead()
    {
        await using var world = await UserWorld.CreateAsync(output);
        await world.Host.IpAsync("route add default via 10.9.0.2");
        using var watch = new LeakWatch(world.Host);
        await using var shell = await InsideShell.StartAsync(world);

        Assert.Contains("1 received", (await shell.RunAsync(Attempts)).Output, StringComparison.Ordinal);
        var whileUp = watch.MessagesSent;
        Assert.True(whileUp > 2, "the tunnel carried nothing");

        await world.Server.KillAsync();
        Assert.DoesNotContain("1 received", (await shell.RunAsync(Attempts)).Output, StringComparison.Ordinal);
        Assert.True(watch.MessagesSent > whileUp, "nothing was sent any more, so nothing was tested");

        var daemon = UserWorld.Processes().Single(static entry => entry.Command.Contains("pfsvpnd", StringComparison.Ordinal)).Id;
        Syscalls.Signal(daemon, Syscalls.SIGKILL);
        await Wait.UntilAsync("the interface to go", async () => (await shell.RunAsync("ip link show dev home")).ExitCode != 0);
        var whileDead = watch.MessagesSent;
        Assert.DoesNotContain("1 received", (await shell.RunAsync(Attempts)).Output, StringComparison.Ordinal);
        Assert.Equal(whileDead, watch.MessagesSent);
        Assert.Empty(watch.Leaks);

        // The kernel takes its time to end a process that has an interface.
        await Wait.UntilAsync("exec to say that the daemon has ended", () => shell.Complaints.Contains("the daemon of home has ended (signal 9): nothing of the program gets out any more", StringComparison.Ordinal));
        Assert.Equal(0, (await shell.EndAsync()).ExitCode);
        Assert.Equal(["home.conf"], world.Files);

        // A watch that sees nothing proves nothing: the same from the host itself is seen.
        using var socket = world.Host.OpenUdp(IPAddress.Any);
        socket.SendTo(Encoding.ASCII.GetBytes("leak"), new IPEndPoint(IPAddress.Parse("198.51.100.1"), 53));
        await Wait.UntilAsync("the watch to see a packet of the host", () => watch.Leaks.Count > 0);
        Assert.Contains("198.51.100.1", watch.Leaks[0], StringComparison.Ordinal);
    }
}
