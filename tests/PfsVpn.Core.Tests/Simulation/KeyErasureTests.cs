using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>When keys end. Every claim is checked in the arena itself: a secret that should be gone leaves no byte that is not zero.</summary>
public sealed class KeyErasureTests
{
    [Fact]
    public void A_handshake_leaves_only_the_two_session_keys()
    {
        using var pair = new Pair();
        var (atAlice, atBob) = (pair.Alice.LivingSecrets, pair.Bob.LivingSecrets);
        pair.Connect();
        Assert.Equal(atAlice + 2, pair.Alice.LivingSecrets);
        Assert.Equal(atBob + 2, pair.Bob.LivingSecrets);
    }

    [Fact]
    public void The_initiators_previous_key_ends_5_s_after_the_first_packet_on_the_newer_one_and_not_before()
    {
        using var pair = new Pair();
        pair.Connect();
        var one = pair.Alice.LivingSecrets;
        pair.Network.Run(120);
        pair.AliceSends();
        pair.Network.Run(0.1);
        // The handshake is complete, and Alice has sent on the new key; but of Bob she has heard nothing on it.
        Assert.False(pair.BobAtAlice.Keypairs.Current!.IsConfirmedByPeer);
        pair.Network.Run(8);
        Assert.NotNull(pair.BobAtAlice.Keypairs.Previous);
        Assert.Equal(one + 2, pair.Alice.LivingSecrets);

        pair.BobSends();
        pair.Network.Run(0.01);
        Assert.True(pair.BobAtAlice.Keypairs.Current!.IsConfirmedByPeer);
        pair.Network.Run(4.99);
        Assert.NotNull(pair.BobAtAlice.Keypairs.Previous);
        pair.Network.Run(0.01);
        Assert.Null(pair.BobAtAlice.Keypairs.Previous);
        Assert.Equal(one, pair.Alice.LivingSecrets);
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.PreviousRetired));
    }

    [Fact]
    public void The_responders_previous_key_ends_5_s_after_the_newer_one_was_confirmed()
    {
        using var pair = new Pair();
        pair.Connect();
        var one = pair.Bob.LivingSecrets;
        pair.Network.Run(120);
        pair.Network.Link = datagram => datagram.Type == MessageType.Data && pair.AliceAtBob.Keypairs.Next is not null ? [] : [pair.Network.Delay];
        pair.AliceSends();
        pair.Network.Run(10);
        // The confirmation was lost: as far as Bob knows, Alice may still send on the old key.
        Assert.NotNull(pair.AliceAtBob.Keypairs.Next);
        Assert.Equal(one + 2, pair.Bob.LivingSecrets);

        pair.RestoreTheLink();
        pair.AliceSends();
        pair.Network.Run(0.01);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Previous);
        pair.Network.Run(4.99);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Previous);
        pair.Network.Run(0.01);
        Assert.Null(pair.AliceAtBob.Keypairs.Previous);
        Assert.Equal(one, pair.Bob.LivingSecrets);
    }

    [Fact]
    public void One_way_traffic_on_the_old_key_is_not_lost_at_a_rekey()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Run(119);
        // From the rekey on, no data of Alice arrives: Bob learns nothing of the new key and goes on sending on the old one.
        pair.Network.Link = datagram => datagram.From == pair.Alice && datagram.Type == MessageType.Data ? [] : [pair.Network.Delay];
        for (var i = 0; i < 140; i++)
        {
            if (i == 20) pair.AliceSends();
            pair.BobSends();
            pair.Network.Run(0.1);
        }
        Assert.NotNull(pair.AliceAtBob.Keypairs.Next);
        Assert.Equal(140, pair.Alice.Delivered.Count);
    }

    [Fact]
    public void A_key_that_was_never_confirmed_ends_when_the_next_one_comes()
    {
        using var pair = new Pair();
        var secrets = pair.Bob.LivingSecrets;
        pair.Silence(pair.Bob);
        pair.AliceSends();
        for (var attempt = 1; attempt < 10; attempt++)
        {
            pair.Network.Run(5.1665);
            Assert.Equal(1, pair.Bob.Device.Ledger.Alive);
            Assert.Equal(secrets + 2, pair.Bob.LivingSecrets);
            Assert.Equal(1, pair.Bob.Device.Indices.Count);
        }
        Assert.Equal(pair.Bob.Device.Ledger.Made - 1, pair.Bob.Device.Ledger.ErasedFor(KeyEndReason.NeverConfirmed));
    }

    [Fact]
    public void A_key_that_was_never_confirmed_ends_after_180_s_though_nothing_more_happens()
    {
        using var pair = new Pair();
        var secrets = pair.Bob.LivingSecrets;
        pair.Silence(pair.Bob);
        pair.AliceSends();
        pair.Network.Run(1);
        pair.CutTheLink();
        pair.Network.Run(178.9);
        Assert.Equal(1, pair.Bob.Device.Ledger.Alive);
        pair.Network.Run(0.2);
        Assert.Equal(0, pair.Bob.Device.Ledger.Alive);
        Assert.Equal(secrets, pair.Bob.LivingSecrets);
        Assert.Equal(0, pair.Bob.Device.Indices.Count);
    }

    [Fact]
    public void An_unconfirmed_key_that_an_own_handshake_overtakes_is_kept_as_previous()
    {
        using var pair = new Pair();
        pair.Network.Link = datagram => datagram.From == pair.Alice && datagram.Type == MessageType.Data ? [] : [pair.Network.Delay];
        pair.AliceSends();
        pair.Network.Run(6);
        var unconfirmed = pair.AliceAtBob.Keypairs.Next!;
        pair.BobSends();
        pair.Network.Run(1);
        Assert.Same(unconfirmed, pair.AliceAtBob.Keypairs.Previous);
        Assert.NotSame(unconfirmed, pair.AliceAtBob.Keypairs.Current);
        Assert.False(unconfirmed.IsDead);
    }

    public static TheoryData<string> Ends => new() { "peer removed", "replaced by no peers", "key changed", "key removed", "interface down", "disposed" };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Everything_is_gone_at_once_when_the_session_ends(string end)
    {
        using var pair = new Pair();
        pair.Alice.SetPresharedKey(pair.Bob, 7);
        pair.Bob.SetPresharedKey(pair.Alice, 7);
        pair.Connect();
        pair.Network.Run(120);
        pair.AliceSends();
        pair.Network.Run(5.2);
        pair.CutTheLink();
        // Two keypairs, a handshake under way, and a packet that waits.
        pair.Alice.Device.Raise(pair.BobAtAlice, PeerSignal.LastMinute);
        pair.Alice.RunControl();
        if (!end.StartsWith("key", StringComparison.Ordinal)) pair.BobAtAlice.Staged.Enqueue(Pair.PacketToBob(), tos: 0);
        Assert.Equal(HandshakeState.InitiationSent, pair.BobAtAlice.Handshake.State);
        Assert.Equal(2, pair.Alice.Device.Ledger.Alive);
        var peer = pair.BobAtAlice;
        var (current, previous) = (peer.Keypairs.Current!, peer.Keypairs.Previous!);

        // What is left: the copy of the test, and unless it ended too, the private key; with the peer its static-static and pre-shared keys.
        var left = End(pair, end);
        Assert.Equal(left, pair.Alice.LivingSecrets);
        Assert.True(current.IsDead && previous.IsDead);
        Assert.Equal(0, pair.Alice.Device.Ledger.Alive);
        Assert.Equal(0, pair.Alice.Device.Indices.Count);
        Assert.Null(peer.Keypairs.Current);
        Assert.Equal(HandshakeState.None, peer.Handshake.State);
        Assert.Equal(0, peer.Staged.Count);
    }

    private static int End(Pair pair, string end)
    {
        var change = new DeviceChange();
        switch (end)
        {
            case "peer removed":
                change.Peers.Add(new PeerChange(pair.Bob.PublicKey) { Remove = true });
                pair.Alice.Apply(change);
                return 2;
            case "replaced by no peers":
                change.ReplacePeers = true;
                pair.Alice.Apply(change);
                return 2;
            case "key changed":
                change.PrivateKey = pair.Alice.Arena.Allocate();
                X25519.GeneratePrivateKey(change.PrivateKey, pair.Alice.Random);
                pair.Alice.Apply(change);
                return 4;
            case "key removed":
                change.PrivateKey = pair.Alice.Arena.Allocate();
                pair.Alice.Apply(change);
                return 2;
            case "interface down":
                pair.Alice.Device.Down();
                return 4;
            default:
                pair.Alice.Device.Dispose();
                Assert.Equal(1, pair.Alice.Arena.SlotsInUse);
                return 1;
        }
    }
}
