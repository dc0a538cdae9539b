using System.Text.Json;
using PfsVpn.SystemTests.Harness;
using PfsVpn.SystemTests.Watch;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>A running daemon whose machine goes to sleep and wakes again, as a bus with logind tells it.</summary>
/// <remarks>A few seconds, in which the peer and packets of our own ask for a new key in vain.</remarks>
public sealed class SleepTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task Before_sleep_the_session_keys_are_gone_and_stay_gone_under_traffic_and_awake_the_tunnel_is_there_again(Implementation left, Implementation right)
    {
        if (left != Implementation.PfsVpn) return;
        var folder = Directory.CreateTempSubdirectory("guard-sleep-").FullName;
        var socket = Path.Combine(folder, "bus");
        await using var network = new TestNetwork(output);
        using var bus = new FakeBus(socket);
        var options = new TunnelOptions { RightKnowsEndpoint = true, LeftWrapper = ["env", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + socket] };
        var tunnel = await Tunnel.CreateAsync(network, left, right, options);
        using var inhibitor = bus.NextInhibitor();
        await tunnel.ConnectAsync();
        Assert.NotEqual(0, Alive(await tunnel.Left.SecrecyAsync()));
        Assert.False(inhibitor.IsReleased);

        bus.SayPrepareForSleep(begins: true);
        inhibitor.WaitForRelease();
        var asleep = await tunnel.Left.SecrecyAsync();
        Assert.Equal((0, 0.0), (Alive(asleep), asleep.GetProperty("exposure_seconds").GetDouble()));
        Assert.NotEqual(0, asleep.GetProperty("keys").GetProperty("Keypair").GetProperty("erased_by_reason").GetProperty("BeforeSleep").GetInt32());

        // More than the five seconds after which attempts are repeated. The daemon answers no ping meanwhile, and makes no key.
        await tunnel.Left.Interior.TryRunAsync("ping", ["-c", "6", "-i", "1", "-W", "1", Tunnel.RightV4.ToString()]);
        await tunnel.Right.Interior.TryRunAsync("ping", ["-c", "1", "-W", "1", Tunnel.LeftV4.ToString()]);
        Assert.Equal(0, Alive(await tunnel.Left.SecrecyAsync()));

        bus.SayPrepareForSleep(begins: false);
        using var next = bus.NextInhibitor();
        using (var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4)) await ping.UntilAnsweredAsync();
        Assert.NotEqual(0, Alive(await tunnel.Left.SecrecyAsync()));
        await tunnel.Left.Daemon.LineAsync("the machine is going to sleep: all session keys are erased");
        Directory.Delete(folder, recursive: true);
    }

    private static int Alive(JsonElement secrecy) => secrecy.GetProperty("keys").GetProperty("Keypair").GetProperty("alive").GetInt32();
}
