using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>A machine that goes to sleep under traffic, and one that was cloned.</summary>
public sealed class SleepAndCloneTests
{
    [Fact]
    public void Before_sleep_every_session_key_is_erased_and_under_traffic_from_both_sides_there_is_no_new_one()
    {
        using var pair = new Pair();
        var living = pair.Alice.LivingSecrets;
        pair.Connect();
        pair.Alice.Device.EraseSessions(KeyEndReason.BeforeSleep);
        Assert.Equal(living, pair.Alice.LivingSecrets);
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.BeforeSleep));

        for (var second = 0; second < 20; second++)
        {
            pair.AliceSends();
            pair.BobSends();
            pair.Network.Run(1);
            Assert.Equal(living, pair.Alice.LivingSecrets);
        }
        Assert.NotEqual(0, pair.Alice.Device.Drops[DropReason.Resting]);
    }

    [Fact]
    public void While_it_rests_no_packet_waits_and_awake_again_it_sends()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.Device.EraseSessions(KeyEndReason.BeforeSleep);
        pair.AliceSends();
        pair.Network.Run(2);
        var delivered = pair.Bob.Delivered.Count;
        // Plaintext that waited would wait through the night.
        Assert.Equal(0, pair.BobAtAlice.Staged.Count);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.StagedAbandoned]);
        pair.Alice.Device.AfterSleep(pair.Alice.Step);
        pair.AliceSends();
        pair.Network.Run(1);
        Assert.Equal(delivered + 1, pair.Bob.Delivered.Count);
        Assert.NotNull(pair.BobAtAlice.Keypairs.Current);
    }

    [Fact]
    public void Where_nobody_says_that_it_is_awake_the_rest_ends_by_itself()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.Device.EraseSessions(KeyEndReason.BeforeSleep);
        pair.Network.Run(WireGuardDevice.LongestRest.TotalSeconds - 0.1);
        pair.AliceSends();
        pair.Network.Run(0.05);
        Assert.Null(pair.BobAtAlice.Keypairs.Current);
        pair.Network.Run(0.1);
        pair.AliceSends();
        pair.Network.Run(1);
        Assert.NotNull(pair.BobAtAlice.Keypairs.Current);
        Assert.Single(pair.Bob.Delivered, static packet => packet.Length > 0);
    }

    [Fact]
    public void A_handshake_that_waits_for_its_answer_does_not_outlive_the_moment_before_sleep()
    {
        using var pair = new Pair();
        var living = pair.Alice.LivingSecrets;
        pair.Network.Link = static datagram => datagram.Type == MessageType.Response ? [] : [TimeSpan.FromMilliseconds(10)];
        pair.AliceSends();
        pair.Network.Run(1);
        Assert.NotEqual(living, pair.Alice.LivingSecrets);
        pair.Alice.Device.EraseSessions(KeyEndReason.BeforeSleep);
        Assert.Equal(living, pair.Alice.LivingSecrets);
    }

    [Fact]
    public void On_a_clone_nothing_is_sealed_with_the_keys_of_before_and_it_recovers_at_once()
    {
        using var pair = new Pair();
        pair.Connect();
        var before = pair.BobAtAlice.Keypairs.Current!;
        pair.Alice.Device.EraseSessions(KeyEndReason.MachineCloned);
        Assert.Null(pair.BobAtAlice.Keypairs.Current);
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.MachineCloned));
        var delivered = pair.Bob.Delivered.Count;
        pair.AliceSends();
        pair.Network.Run(0.5);
        Assert.Equal(delivered + 1, pair.Bob.Delivered.Count);
        Assert.NotSame(before, pair.BobAtAlice.Keypairs.Current);
    }
}
