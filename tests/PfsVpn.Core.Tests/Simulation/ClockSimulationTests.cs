using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

public sealed class ClockSimulationTests
{
    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    [InlineData(-1_000_000_000)]
    public void A_wall_clock_that_jumps_does_not_matter_within_a_process(int seconds)
    {
        using var pair = new Pair();
        pair.Connect();
        for (var round = 0; round < 4; round++)
        {
            pair.Alice.WallClockOffset = round % 2 == 0 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
            pair.Network.Run(200);
            Assert.Equal(0, pair.Alice.Device.Ledger.Alive);
            pair.AssertTrafficFlows();
        }
        Assert.Equal(0, pair.Bob.Device.Drops.Total);
    }

    [Fact]
    public void A_timestamp_is_not_lower_than_before_even_for_a_peer_that_was_removed_and_came_back()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.Change(pair.Bob, static change => change.Remove = true);
        pair.Alice.WallClockOffset = TimeSpan.FromHours(-1);
        pair.Alice.AddPeer(pair.Bob, withEndpoint: true, "10.0.0.2/32");
        pair.Network.Run(1);
        pair.AliceSends();
        pair.Network.Run(6);
        Assert.Single(pair.Bob.Delivered);
    }

    [Fact]
    public void A_peer_restarted_with_its_clock_back_is_a_replay_until_its_clock_has_caught_up()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.Alice.WallClockOffset = TimeSpan.FromMinutes(-10);
        pair.RestartAlice();
        pair.AliceSends();
        pair.Network.Run(60);
        Assert.True(pair.Bob.Device.Drops[DropReason.ReplayedTimestamp] > 10);
        Assert.Equal(1, pair.Bob.Log.Count("a replay, or the peer's clock went back"));
        Assert.Equal(1, pair.Alice.Log.Count("no answer from"));
        Assert.Empty(pair.Bob.Delivered);

        pair.Network.Run(600);
        pair.AliceSends();
        pair.Network.Run(1);
        Assert.Single(pair.Bob.Delivered);
    }

    [Fact]
    public void A_peer_restarted_with_its_clock_back_can_be_called_at_once()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.Alice.WallClockOffset = TimeSpan.FromMinutes(-10);
        pair.RestartAlice();
        // Bob's key means nothing to the new Alice; after 15 s without an answer he handshakes.
        pair.BobSends();
        pair.Network.Run(14.9);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.UnknownIndex]);
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        pair.Network.Run(1);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void A_restarted_peer_replaces_its_old_session()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Run(1);
        pair.RestartAlice();
        pair.AssertTrafficFlows();
        Assert.Equal(0, pair.Bob.Device.Drops.Total);
        pair.Network.Run(6);
        Assert.Equal(1, pair.Bob.Device.Ledger.Alive);
    }

    [Fact]
    public void After_a_night_of_sleep_nothing_is_sealed_or_opened_with_the_old_keys()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        var recorded = pair.RecordDataOfAlice();
        pair.Network.AutoControl = false;
        pair.Network.Suspend(TimeSpan.FromHours(8));

        // The pumps wake before the control loop.
        var sent = pair.Network.CountSent(pair.Alice, MessageType.Data);
        pair.AliceSends();
        Assert.Equal(sent, pair.Network.CountSent(pair.Alice, MessageType.Data));
        SimulatedNetwork.Inject(recorded, pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.KeypairExpired]);
        Assert.Empty(pair.Bob.Delivered);

        pair.Alice.RunControl();
        pair.Bob.RunControl();
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.TooOld));
        Assert.Equal(1, pair.Bob.Device.Ledger.ErasedFor(KeyEndReason.TooOld));
        SimulatedNetwork.Inject(recorded, pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ErasedKeypair]);

        // And the packet that waited goes out on a new key.
        pair.Network.AutoControl = true;
        pair.Network.Run(1);
        Assert.Equal(Pair.PacketToBob(), Assert.Single(pair.Bob.Delivered));
    }

    [Fact]
    public void Erasing_before_sleep_leaves_no_session_and_the_next_packet_makes_one()
    {
        using var pair = new Pair();
        var (atAlice, atBob) = (pair.Alice.LivingSecrets, pair.Bob.LivingSecrets);
        pair.Connect();
        pair.Settle();
        pair.Alice.Device.EraseSessions(KeyEndReason.TooOld);
        pair.Bob.Device.EraseSessions(KeyEndReason.TooOld);
        Assert.Equal(atAlice, pair.Alice.LivingSecrets);
        Assert.Equal(atBob, pair.Bob.LivingSecrets);
        pair.Network.Suspend(TimeSpan.FromMinutes(1));
        pair.AssertTrafficFlows();
        Assert.Equal(2, pair.Alice.Log.Count("- connected:"));
    }

    [Fact]
    public void A_short_sleep_does_not_end_a_session()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.Network.Suspend(TimeSpan.FromSeconds(90));
        pair.AssertTrafficFlows();
        Assert.Equal(1, pair.Alice.Device.Ledger.Made);
    }
}
