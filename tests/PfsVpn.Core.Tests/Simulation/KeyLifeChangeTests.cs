using PfsVpn.Configuration;
using PfsVpn.Noise;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>Lives of keys that are set while sessions exist.</summary>
public sealed class KeyLifeChangeTests
{
    [Fact]
    public void A_living_keypair_follows_at_once()
    {
        using var pair = new Pair();
        var secrets = pair.Alice.LivingSecrets;
        pair.Connect();
        pair.CutTheLink();
        var keypair = pair.BobAtAlice.Keypairs.Current!;
        pair.Alice.Apply(new DeviceChange { RekeyAfterSeconds = 20 });
        Assert.Equal(keypair.Created + TimeSpan.FromSeconds(30), keypair.RejectAt);
        pair.Network.Run(29.6);
        Assert.Equal(secrets + 2, pair.Alice.LivingSecrets);
        pair.Network.Run(0.1);
        Assert.Equal(secrets, pair.Alice.LivingSecrets);
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.TooOld));
        Assert.Equal(TimeSpan.Zero, pair.Alice.Device.Ledger.WorstOutliving);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_keypair_that_is_too_old_for_its_new_life_is_erased_at_once(bool byPeer)
    {
        using var pair = new Pair();
        var secrets = pair.Alice.LivingSecrets;
        pair.Connect();
        pair.Settle();
        if (byPeer) pair.Alice.Change(pair.Bob, static change => change.RekeyAfterSeconds = 10);
        else pair.Alice.Apply(new DeviceChange { RekeyAfterSeconds = 10 });
        Assert.Equal(secrets, pair.Alice.LivingSecrets);
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.TooOld));
        Assert.Equal(TimeSpan.Zero, pair.Alice.Device.Ledger.WorstOutliving);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void A_longer_life_is_for_the_next_keypair()
    {
        using var pair = new Pair();
        pair.Alice.Apply(new DeviceChange { RekeyAfterSeconds = 20 });
        pair.Connect();
        var keypair = pair.BobAtAlice.Keypairs.Current!;
        pair.Alice.Apply(new DeviceChange { RekeyAfterSeconds = 0 });
        Assert.Equal(30, (keypair.RejectAt - keypair.Created).TotalSeconds);
        pair.Settle();
        pair.AliceSends();
        pair.Network.Run(1);
        Assert.NotSame(keypair, pair.BobAtAlice.Keypairs.Current);
        Assert.Equal(180, (pair.BobAtAlice.Keypairs.Current!.RejectAt - pair.BobAtAlice.Keypairs.Current.Created).TotalSeconds);
    }

    [Fact]
    public void A_change_under_traffic_loses_no_packet()
    {
        using var pair = new Pair();
        pair.Connect();
        var (toBob, toAlice) = (Stream.ToBob(pair), Stream.ToAlice(pair));
        for (var tick = 0; tick < 120 * 10; tick++)
        {
            // 8 s old, the key has 7 s left.
            if (tick == 80) pair.Bob.Apply(new DeviceChange { RekeyAfterSeconds = 10 });
            if (tick == 500) pair.Alice.Apply(new DeviceChange { RekeyAfterSeconds = 15 });
            if (tick == 800) pair.Bob.Apply(new DeviceChange { RekeyAfterSeconds = 0 });
            toBob.Send();
            toAlice.Send();
            pair.Network.Run(0.1);
        }
        pair.Network.Run(1);
        toBob.AssertAllArrivedInOrder();
        toAlice.AssertAllArrivedInOrder();
        Assert.InRange(pair.Alice.Device.Ledger.Made, 9, 12);
    }

    [Fact]
    public void A_peers_own_setting_goes_before_the_interfaces_field_by_field()
    {
        using var pair = new Pair();
        pair.Alice.Apply(new DeviceChange { RekeyAfterSeconds = 30, RekeyAfterBytes = 5_000_000 });
        pair.Alice.Change(pair.Bob, static change => change.RekeyAfterSeconds = 120);
        pair.Connect();
        Assert.Equal(new KeyLife(120, 5_000_000), pair.BobAtAlice.Keypairs.Current!.Life);
        pair.Alice.Change(pair.Bob, static change => (change.RekeyAfterSeconds, change.RekeyAfterBytes) = (0, 2_000_000));
        Assert.Equal(new KeyLife(30, 2_000_000), pair.BobAtAlice.Keypairs.Current!.Life);

        var state = pair.Alice.Device.Describe(0);
        Assert.Equal((30, 5_000_000UL), (state.RekeyAfterSeconds, state.RekeyAfterBytes));
        Assert.Equal((0, 2_000_000UL), (state.Peers[0].RekeyAfterSeconds, state.Peers[0].RekeyAfterBytes));
    }

    [Fact]
    public void A_change_that_sets_both_does_not_shorten_the_peer_in_between()
    {
        using var pair = new Pair();
        pair.Connect();
        var keypair = pair.BobAtAlice.Keypairs.Current!;
        pair.Settle();
        var change = new DeviceChange { RekeyAfterSeconds = 10, ReplacePeers = true };
        change.Peers.Add(new PeerChange(pair.Bob.PublicKey) { RekeyAfterSeconds = 120 });
        pair.Alice.Apply(change);
        Assert.False(keypair.IsDead);
        Assert.Equal(180, (keypair.RejectAt - keypair.Created).TotalSeconds);

        // Replaced without one, it has the interface's.
        change = new DeviceChange { ReplacePeers = true };
        change.Peers.Add(new PeerChange(pair.Bob.PublicKey));
        pair.Alice.Apply(change);
        Assert.True(keypair.IsDead);
        Assert.Equal(0, pair.Alice.Device.Describe(0).Peers[0].RekeyAfterSeconds);
    }

    [Fact]
    public void Previous_and_next_follow_as_well()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Run(120);
        pair.Silence(pair.Alice);
        pair.AliceSends();
        pair.RestoreTheLink();
        pair.Network.Link = datagram => datagram.Type == MessageType.Data ? [] : [pair.Network.Delay];
        pair.Network.Run(6);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Next);
        Assert.NotNull(pair.BobAtAlice.Keypairs.Previous);
        pair.Alice.Apply(new DeviceChange { RekeyAfterSeconds = 20 });
        pair.Bob.Apply(new DeviceChange { RekeyAfterSeconds = 20 });
        // The old ones, 126 s old, are gone; those of the new handshake live on for 30 s.
        Assert.Null(pair.BobAtAlice.Keypairs.Previous);
        Assert.Null(pair.AliceAtBob.Keypairs.Current);
        Assert.Equal(30, (pair.AliceAtBob.Keypairs.Next!.RejectAt - pair.AliceAtBob.Keypairs.Next.Created).TotalSeconds);
        KeyAccount.AssertTrue(pair.Alice);
        KeyAccount.AssertTrue(pair.Bob);
    }
}
