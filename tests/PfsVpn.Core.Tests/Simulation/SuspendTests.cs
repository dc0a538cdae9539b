using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Runtime;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>A machine that slept calls its peers at once, whether somebody told it of its sleep or not.</summary>
public sealed class SuspendTests
{
    [Theory]
    [InlineData(30)]
    [InlineData(170)]
    [InlineData(200)]
    [InlineData(8 * 3600)]
    public void Each_peer_that_had_a_session_is_called_at_once(int seconds)
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        Sleep(pair, TimeSpan.FromSeconds(seconds));
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        pair.Network.Run(0.1);
        Assert.Equal(2, pair.BobAtAlice.HandshakeRecord!.Completed);
        Assert.InRange((pair.Network.Now - pair.BobAtAlice.Keypairs.Current!.Created).TotalSeconds, 0, 0.11);
        // The peer has heard a keepalive on the new key: what it has to say comes here, wherever here is now.
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Single(pair.Alice.Delivered);
        Assert.Contains(pair.Alice.Log.Lines, static line => line.Contains("The machine slept for", StringComparison.Ordinal));
    }

    [Fact]
    public void One_without_a_session_is_left_alone_but_for_one_that_is_kept_alive()
    {
        using var pair = new Pair();
        Sleep(pair, TimeSpan.FromHours(1));
        pair.Network.Run(10);
        Assert.Empty(pair.Network.Sent);

        pair.Alice.Change(pair.Bob, static change => change.PersistentKeepalive = 25);
        pair.Network.Run(1);
        pair.CutTheLink();
        pair.Network.Run(600);
        var before = pair.Network.CountSent(pair.Alice, MessageType.Initiation);
        Sleep(pair, TimeSpan.FromHours(1));
        Assert.Equal(before + 1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    [Fact]
    public void One_whose_first_call_is_lost_is_called_again()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.CutTheLink();
        Sleep(pair, TimeSpan.FromHours(1));
        pair.Network.Run(3);
        pair.RestoreTheLink();
        pair.Network.Run(3);
        Assert.Equal(2, pair.BobAtAlice.HandshakeRecord!.Completed);
    }

    [Fact]
    public void After_a_sleep_that_was_announced_too_and_both_notices_make_one_call()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.Alice.Device.EraseSessions(KeyEndReason.BeforeSleep);
        pair.Network.AutoControl = false;
        pair.Network.Suspend(TimeSpan.FromHours(1));
        pair.Alice.Device.AfterSuspend(pair.Alice.Step, TimeSpan.FromHours(1));
        pair.Alice.Device.AfterSleep(pair.Alice.Step);
        pair.Network.AutoControl = true;
        pair.Network.Run(10);
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(2, pair.BobAtAlice.HandshakeRecord!.Completed);
    }

    [Fact]
    public void Many_peers_are_called_some_at_once_and_the_others_at_a_steady_rate()
    {
        const int Peers = 600;
        using var network = new SimulatedNetwork();
        var hub = network.AddHost("Hub", "192.0.2.1");
        for (var number = 0; number < Peers; number++)
        {
            var spoke = network.AddHost($"Spoke {number}", $"198.51.{100 + (number / 250)}.{1 + (number % 250)}");
            hub.AddPeer(spoke, withEndpoint: true).WantsRecovery = true;
        }
        hub.Device.AfterSuspend(hub.Step, TimeSpan.FromHours(1));
        Assert.Equal(HandshakeProcessor.PacedBurst, network.CountSent(hub, MessageType.Initiation));
        network.Run(TimeSpan.FromSeconds((double)(Peers - HandshakeProcessor.PacedBurst) / HandshakeProcessor.PacedPerSecond / 2));
        Assert.InRange(network.CountSent(hub, MessageType.Initiation), Peers / 2, Peers - 50);
        network.Run(0.5);
        Assert.Equal(Peers, network.CountSent(hub, MessageType.Initiation));
    }

    [Fact]
    public void A_sleep_is_what_the_boot_clock_counts_and_the_monotonic_one_does_not()
    {
        var reading = Reading(uptime: 100, asleep: 0);
        var detector = new SuspendDetector(() => reading);
        reading = Reading(uptime: 10_000, asleep: 0);
        Assert.Equal(TimeSpan.Zero, detector.Observe());
        reading = Reading(uptime: 10_001, asleep: 3600);
        Assert.Equal(3600, detector.Observe().TotalSeconds, 3);
        Assert.Equal(TimeSpan.Zero, detector.Observe());
        reading = Reading(uptime: 10_002, asleep: 3601);
        Assert.Equal(TimeSpan.Zero, detector.Observe());

        // A thread that was kept from running between two looks at clocks has not slept.
        reading = Reading(uptime: 10_003, asleep: 3601) with { UptimeBefore = TimeSpan.FromSeconds(9_000) };
        Assert.Equal(TimeSpan.Zero, detector.Observe());
        reading = Reading(uptime: 10_004, asleep: 3601) with { UptimeAfter = TimeSpan.FromSeconds(12_000) };
        Assert.Equal(TimeSpan.Zero, detector.Observe());
        // Nor is it blind to a sleep after that.
        reading = Reading(uptime: 12_001, asleep: 3611);
        Assert.InRange(detector.Observe().TotalSeconds, 10, 11);
    }

    private static ClockReading Reading(double uptime, double asleep) =>
        new(TimeSpan.FromSeconds(uptime), default(MonotonicTime) + TimeSpan.FromSeconds(uptime + asleep), TimeSpan.FromSeconds(uptime));

    /// <summary>Alice's clock jumps, and her control loop notices.</summary>
    private static void Sleep(Pair pair, TimeSpan span)
    {
        pair.Network.AutoControl = false;
        pair.Network.Suspend(span);
        pair.Alice.Device.AfterSuspend(pair.Alice.Step, span);
        pair.Network.AutoControl = true;
    }
}
