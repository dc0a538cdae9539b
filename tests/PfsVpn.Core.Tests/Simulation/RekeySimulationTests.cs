using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.TestSupport.Simulation;

namespace PfsVpn.Tests.Simulation;

/// <summary>WireGuard paper §6.1 and §6.2. Alice is the initiator of the first session; it is 0.38 s old when Connect returns.</summary>
public sealed class RekeySimulationTests
{
    private const double AgeAfterConnect = 0.38;

    [Fact]
    public void Rekeys_every_120_s_under_traffic_without_loss()
    {
        using var pair = new Pair();
        for (var second = 0; second < 400; second++)
        {
            pair.AliceSends();
            pair.Network.Run(0.5);
            pair.BobSends();
            pair.Network.Run(0.5);
        }
        Assert.Equal(400, pair.Bob.Delivered.Count);
        Assert.Equal(400, pair.Alice.Delivered.Count);
        Assert.Equal(4, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        Assert.Equal(0, pair.Alice.Device.Drops.Total + pair.Bob.Device.Drops.Total);
    }

    [Fact]
    public void The_initiator_rekeys_when_it_sends_at_120_s_and_not_before()
    {
        using var pair = new Pair();
        pair.Connect();
        RunToAge(pair, 119.99);
        pair.AliceSends();
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        RunToAge(pair, 120, from: 119.99);
        pair.AliceSends();
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        // The packets did not wait for it.
        Assert.Equal(0, pair.BobAtAlice.Staged.Count);
        pair.Network.Run(0.1);
        Assert.Equal(2, pair.Bob.Delivered.Count);
    }

    [Fact]
    public void The_responder_does_not_rekey_for_age()
    {
        using var pair = new Pair();
        pair.Connect();
        RunToAge(pair, 150);
        pair.BobSends();
        pair.Network.Run(1);
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        Assert.Single(pair.Alice.Delivered);
    }

    [Fact]
    public void One_initiation_is_enough_while_its_answer_is_on_the_way()
    {
        using var pair = new Pair();
        pair.Connect();
        RunToAge(pair, 121);
        for (var i = 0; i < 10; i++) pair.AliceSends();
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    [Fact]
    public void The_initiator_rekeys_once_when_it_receives_at_165_s()
    {
        using var pair = new Pair();
        pair.Connect();
        RunToAge(pair, 164.95);
        pair.BobSends();
        pair.Network.Run(0.02);
        Assert.Single(pair.Alice.Delivered);
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));

        // From now on Bob hears nothing, so that no handshake completes.
        pair.Silence(pair.Alice);
        pair.Network.Run(0.1);
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        for (var i = 0; i < 40; i++)
        {
            pair.BobSends();
            pair.Network.Run(0.1);
        }
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    [Fact]
    public void A_packet_that_arrives_at_180_s_is_refused()
    {
        using var pair = new Pair();
        pair.Connect();
        var (first, second, third) = (pair.RecordDataOfAlice(61), pair.RecordDataOfAlice(62), pair.RecordDataOfAlice(63));
        pair.CutTheLink();
        // Bob derived the keys 10 ms before Alice.
        RunToAge(pair, 179.98);
        SimulatedNetwork.Inject(first, pair.Bob);
        Assert.Equal(61, Assert.Single(pair.Bob.Delivered).Length);

        pair.Bob.IsControlPaused = true;
        RunToAge(pair, 179.99, from: 179.98);
        SimulatedNetwork.Inject(second, pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.KeypairExpired]);

        pair.Bob.IsControlPaused = false;
        pair.Bob.RunControl();
        SimulatedNetwork.Inject(third, pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ErasedKeypair]);
        Assert.Single(pair.Bob.Delivered);
    }

    [Fact]
    public void Nothing_is_sealed_at_180_s()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.CutTheLink();
        RunToAge(pair, 179.99);
        pair.Alice.IsControlPaused = true;
        pair.AliceSends();
        var sent = pair.Network.CountSent(pair.Alice, MessageType.Data);
        RunToAge(pair, 180, from: 179.99);
        pair.AliceSends();
        Assert.Equal(sent, pair.Network.CountSent(pair.Alice, MessageType.Data));
        Assert.Equal(1, pair.BobAtAlice.Staged.Count);
    }

    [Fact]
    public void An_idle_tunnel_is_silent()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        var sent = pair.Network.Sent.Count;
        pair.Network.Run(3600);
        Assert.Equal(sent, pair.Network.Sent.Count);
        Assert.Equal(0, pair.Alice.Device.Ledger.Alive + pair.Bob.Device.Ledger.Alive);
        Assert.Equal(1, pair.Alice.Log.Count("session ended: no handshake for 180 s"));
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Either_role_rekeys_after_2_to_the_60_messages()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.AliceAtBob.Keypairs.Current!.SetSendCounter(ProtocolConstants.RekeyAfterMessages - 1);
        pair.BobSends();
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        pair.BobSends();
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        pair.Network.Run(0.1);
        Assert.Equal(2, pair.Alice.Delivered.Count);
        Assert.True(pair.AliceAtBob.Keypairs.Current!.IsInitiator);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Past_the_last_counter_nothing_is_sealed_and_the_rest_waits_for_the_next_key()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Link = datagram => datagram.Type == MessageType.Initiation ? [] : [pair.Network.Delay];
        pair.BobAtAlice.Keypairs.Current!.SetSendCounter(ProtocolConstants.RejectAfterMessages - 3);
        pair.Alice.SendInner([.. Enumerable.Range(60, 5).Select(static length => Pair.PacketToBob(length))]);
        pair.AliceSends(70);
        pair.Network.Run(1);
        Assert.Equal([60, 61, 62], pair.Bob.Delivered.Select(static packet => packet.Length));
        Assert.Equal(3, pair.BobAtAlice.Staged.Count);
        AssertNoNonceTwice(pair);

        pair.RestoreTheLink();
        pair.Network.Run(6);
        Assert.Equal([60, 61, 62, 63, 64, 70], pair.Bob.Delivered.Select(static packet => packet.Length));
        AssertNoNonceTwice(pair);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Staged_packets_that_the_last_counters_do_not_suffice_for_are_counted_and_a_key_is_asked_for()
    {
        using var pair = new Pair();
        pair.Connect();
        for (var i = 0; i < 5; i++) pair.BobAtAlice.Staged.Enqueue(Pair.PacketToBob(60 + i), tos: 0);
        pair.BobAtAlice.Keypairs.Current!.SetSendCounter(ProtocolConstants.RejectAfterMessages - 2);
        pair.Network.Run(5);
        pair.Alice.Device.FlushStaged(pair.BobAtAlice, pair.Alice.Step);
        pair.Network.Run(0.1);
        Assert.Equal([60, 61], pair.Bob.Delivered.Select(static packet => packet.Length));
        Assert.Equal(3, pair.Alice.Device.Drops[DropReason.KeypairExpired]);
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        AssertNoNonceTwice(pair);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Rekeying_under_traffic_uses_no_nonce_twice()
    {
        using var pair = new Pair();
        for (var i = 0; i < 300; i++)
        {
            pair.AliceSends();
            pair.BobSends();
            pair.Network.Run(1);
        }
        AssertNoNonceTwice(pair);
    }

    private static void AssertNoNonceTwice(Pair pair)
    {
        var data = pair.Network.Sent.Select(static sent => sent.Datagram).Where(static datagram => datagram.Type == MessageType.Data).ToArray();
        Assert.All(data, static datagram => Assert.True(MessageCodec.ReadDataCounter(datagram.Bytes) < ProtocolConstants.RejectAfterMessages));
        Assert.Equal(data.Length, data.DistinctBy(static datagram => (datagram.From, MessageCodec.ReadDataReceiver(datagram.Bytes), MessageCodec.ReadDataCounter(datagram.Bytes))).Count());
    }

    /// <summary>Lets the session of <see cref="Pair.Connect"/> reach an age, counted at Alice.</summary>
    private static void RunToAge(Pair pair, double seconds, double from = AgeAfterConnect) => pair.Network.Run(seconds - from);
}
