using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.TestSupport;
using PfsVpn.TestSupport.Simulation;

namespace PfsVpn.Tests.Simulation;

public sealed class HandshakeSimulationTests
{
    [Fact]
    public void A_packet_starts_a_handshake_and_arrives()
    {
        using var pair = new Pair();
        pair.AliceSends();
        pair.Network.Run(0.1);
        Assert.Equal(Pair.PacketToBob(), Assert.Single(pair.Bob.Delivered));
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Response));
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Data));
        Assert.NotNull(pair.AliceAtBob.Keypairs.Current);
        Assert.Null(pair.AliceAtBob.Keypairs.Next);
        Assert.Contains(pair.Bob.Log.Lines, static line => line.Contains("connected", StringComparison.Ordinal));
    }

    [Fact]
    public void The_responder_answers_on_the_confirmed_keypair()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Equal(Pair.PacketToAlice(), Assert.Single(pair.Alice.Delivered));
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
    }

    [Fact]
    public void A_first_message_that_finds_no_traffic_is_followed_by_a_keepalive_that_confirms()
    {
        using var pair = new Pair();
        pair.Alice.Device.SendKeepalive(pair.BobAtAlice, pair.Alice.Step);
        pair.Network.Run(0.1);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Current);
        Assert.Empty(pair.Bob.Delivered);
    }

    [Fact]
    public void Either_side_may_begin()
    {
        using var pair = new Pair();
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Equal(Pair.PacketToAlice(), Assert.Single(pair.Alice.Delivered));
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        Assert.True(pair.AliceAtBob.Keypairs.Current!.IsInitiator);
        Assert.False(pair.BobAtAlice.Keypairs.Current!.IsInitiator);
    }

    [Fact]
    public void A_handshake_is_complete_for_the_responder_only_when_the_first_data_confirms_it()
    {
        using var pair = new Pair();
        pair.Network.Link = datagram => datagram.Type == MessageType.Data ? [] : [pair.Network.Delay];
        pair.AliceSends();
        pair.Network.Run(0.1);
        Assert.NotEqual(TimeSpan.Zero, pair.BobAtAlice.LastHandshake);
        Assert.Equal(TimeSpan.Zero, pair.AliceAtBob.LastHandshake);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Next);

        // Until then the responder sends nothing on it.
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Data));
        Assert.Equal(1, pair.AliceAtBob.Staged.Count);

        pair.RestoreTheLink();
        pair.AliceSends();
        pair.Network.Run(0.1);
        Assert.NotEqual(TimeSpan.Zero, pair.AliceAtBob.LastHandshake);
        Assert.Equal(Pair.PacketToAlice(), Assert.Single(pair.Alice.Delivered));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Both_at_once_destroy_each_others_handshake_and_the_jitter_resolves_it(int seed)
    {
        using var pair = new Pair(seed: seed);
        pair.AliceSends();
        pair.BobSends();
        pair.Network.Run(1);
        // Each has answered the other, and neither knows its own initiation any more.
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.UnknownHandshake]);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.UnknownHandshake]);
        Assert.Null(pair.BobAtAlice.Keypairs.Current);
        Assert.Null(pair.AliceAtBob.Keypairs.Current);

        pair.Network.Run(20);
        Assert.Equal(Pair.PacketToAlice(), Assert.Single(pair.Alice.Delivered));
        Assert.Equal(Pair.PacketToBob(), Assert.Single(pair.Bob.Delivered));
    }

    [Fact]
    public void Crossed_handshakes_leave_a_working_tunnel()
    {
        using var pair = new Pair();
        // Alice's initiation takes so long that Bob's whole handshake overtakes it.
        var slow = true;
        pair.Network.Link = datagram =>
        {
            var isSlow = slow && datagram.From == pair.Alice && datagram.Type == MessageType.Initiation;
            return [isSlow ? TimeSpan.FromMilliseconds(100) : pair.Network.Delay];
        };
        pair.AliceSends();
        pair.Network.Run(0.05);
        pair.BobSends();
        slow = false;
        pair.Network.Run(1);
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Response));
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.UnknownHandshake]);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Next);
        Assert.Single(pair.Alice.Delivered);
        Assert.Single(pair.Bob.Delivered);
        pair.AssertTrafficFlows();
        pair.Network.Run(200);
        Assert.Equal(0, pair.Alice.Device.Ledger.Alive + pair.Bob.Device.Ledger.Alive);
    }

    [Fact]
    public void Doubled_handshake_messages_do_nothing_the_second_time()
    {
        using var pair = new Pair();
        pair.Network.Link = static _ => [TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(40)];
        pair.AliceSends();
        pair.Network.Run(1);
        Assert.Single(pair.Bob.Delivered);
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Response));
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ReplayedTimestamp]);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.UnknownHandshake]);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ReplayedCounter]);
        Assert.Equal(1, pair.Alice.Device.Ledger.Made);
        Assert.Equal(1, pair.Bob.Device.Ledger.Made);
    }

    [Fact]
    public void A_replayed_initiation_is_dropped_and_said()
    {
        using var pair = new Pair();
        pair.Connect();
        var initiation = pair.Network.LastSent(pair.Alice, MessageType.Initiation);
        pair.Network.Run(30);
        var (endpoint, secrets) = (pair.AliceAtBob.Endpoint, pair.Bob.Arena.SlotsInUse);
        SimulatedNetwork.Inject(initiation, pair.Bob, pair.Network.AddHost("Mallory", "203.0.113.66").Address);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ReplayedTimestamp]);
        Assert.Equal(1, pair.Bob.Log.Count("repeats an old timestamp"));
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Response));
        Assert.Same(endpoint, pair.AliceAtBob.Endpoint);
        Assert.Equal(secrets, pair.Bob.Arena.SlotsInUse);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void The_greatest_timestamp_outlives_interface_down_and_a_change_of_key_settings()
    {
        using var pair = new Pair();
        pair.Connect();
        var initiation = pair.Network.LastSent(pair.Alice, MessageType.Initiation);
        pair.Bob.Device.Down();
        pair.Bob.Device.Up(pair.Bob.Step);
        pair.Bob.SetPresharedKey(pair.Alice, 7);
        SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ReplayedTimestamp]);
    }

    [Fact]
    public void Initiations_within_20_ms_are_a_flood()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(20);
        var initiations = pair.Network.SentBy(pair.Alice, MessageType.Initiation).Select(static sent => sent.Datagram).ToArray();
        SimulatedNetwork.Inject(initiations[0], pair.Bob);
        SimulatedNetwork.Inject(initiations[1], pair.Bob);
        pair.Network.Run(0.0199);
        SimulatedNetwork.Inject(initiations[1], pair.Bob);
        Assert.Equal(2, pair.Bob.Device.Drops[DropReason.InitiationFlood]);
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Response));
        pair.Network.Run(0.0001);
        SimulatedNetwork.Inject(initiations[1], pair.Bob);
        Assert.Equal(2, pair.Network.CountSent(pair.Bob, MessageType.Response));
    }

    [Fact]
    public void An_initiation_from_nobody_known_is_dropped_and_said_once()
    {
        using var pair = new Pair();
        var mallory = pair.Network.AddHost("Mallory", "203.0.113.66");
        mallory.AddPeer(pair.Bob, withEndpoint: true, "10.0.0.2/32");
        mallory.SendInner(Pair.PacketToBob());
        pair.Network.Run(30);
        Assert.True(pair.Bob.Device.Drops[DropReason.UnknownPeer] > 4);
        Assert.Equal(1, pair.Bob.Log.Count("which is no peer of this interface"));
        Assert.DoesNotContain(pair.Network.Sent, sent => sent.Datagram.From == pair.Bob);
        Assert.Equal(1, mallory.Log.Count("no answer from"));
    }

    [Fact]
    public void An_initiation_made_for_another_key_is_dropped_in_silence()
    {
        using var pair = new Pair();
        var other = pair.Network.AddHost("Other", "192.0.2.9");
        pair.Alice.AddPeer(other, withEndpoint: true, "10.0.0.9/32");
        pair.Alice.Change(other, change => change.Endpoint = pair.Bob.Address);
        pair.Alice.SendInner(TestPackets.Ip("10.0.0.1", "10.0.0.9"));
        pair.Network.Run(1);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.WrongMac1]);
        Assert.DoesNotContain(pair.Network.Sent, sent => sent.Datagram.From == pair.Bob);
    }

    [Fact]
    public void Nothing_is_answered_while_the_interface_is_down()
    {
        using var pair = new Pair();
        pair.Network.AutoControl = false;
        pair.CutTheLink();
        pair.AliceSends();
        pair.Alice.RunControl();
        SimulatedNetwork.Inject(pair.Network.LastSent(pair.Alice, MessageType.Initiation), pair.Bob);
        // The message waits already; then the interface goes down.
        pair.Bob.Device.Down();
        pair.Bob.RunControl();
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.InterfaceDown]);
        Assert.Equal(0, pair.Bob.Device.Ledger.Made);
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Response));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Two_sides_whose_packets_keep_step_cross_initiations_once_and_not_for_ever(int seed)
    {
        using var pair = new Pair(seed: seed);
        // The first two initiations destroy each other; after 5 s each side waits for a moment of its own, though packets come all the time.
        for (var i = 0; i < 140; i++)
        {
            pair.AliceSends();
            pair.BobSends();
            pair.Network.Run(0.04);
        }
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Response));
        Assert.NotNull(pair.BobAtAlice.Keypairs.Current);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Current);
        Assert.NotEmpty(pair.Alice.Delivered);
        Assert.NotEmpty(pair.Bob.Delivered);
    }
}
