using PfsVpn.Configuration;
using PfsVpn.Noise;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>Keys that live shorter than the protocol's by choice. A standard peer at the other end is a host without any such setting.</summary>
public sealed class ShortLifeTests
{
    private const int Seconds = 180;

    /// <summary>N of Alice and of Bob (0 for the standard), who is the first to send, and the delay of the link.</summary>
    public static TheoryData<ushort, ushort, bool, int> Sides => new()
    {
        { 10, 0, true, 10 },
        { 10, 0, false, 10 },
        { 0, 10, true, 10 },
        { 0, 10, false, 10 },
        { 10, 10, true, 10 },
        { 10, 10, false, 10 },
        { 10, 10, true, 200 },
        { 10, 14, false, 50 },
        { 60, 25, true, 10 },
    };

    [Theory]
    [MemberData(nameof(Sides))]
    public void Under_traffic_both_ways_no_packet_is_lost_at_a_rekey(ushort alices, ushort bobs, bool aliceIsFirst, int delay)
    {
        using var pair = Make(alices, bobs, delay);
        var (toBob, toAlice) = (Stream.ToBob(pair), Stream.ToAlice(pair));
        if (aliceIsFirst) toBob.Send();
        else toAlice.Send();
        pair.Network.Run(1);
        for (var tick = 0; tick < Seconds * 20; tick++)
        {
            toBob.Send();
            toAlice.Send(2);
            pair.Network.Run(0.05);
        }
        pair.Network.Run(1);

        toBob.AssertAllArrivedInOrder();
        toAlice.AssertAllArrivedInOrder();
        var shorter = new[] { alices, bobs }.Where(static n => n != 0).Min();
        AssertRekeyed(pair, shorter, delay);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Under_traffic_one_way_no_packet_is_lost_at_a_rekey(bool shortSideSends, bool shortSideIsFirst)
    {
        using var pair = Make(10, 0, 10);
        if (shortSideIsFirst) pair.AliceSends();
        else pair.BobSends();
        pair.Network.Run(1);
        pair.Alice.Delivered.Clear();
        pair.Bob.Delivered.Clear();
        var stream = shortSideSends ? Stream.ToBob(pair) : Stream.ToAlice(pair);
        for (var tick = 0; tick < Seconds * 20; tick++)
        {
            stream.Send();
            pair.Network.Run(0.05);
        }
        pair.Network.Run(1);
        stream.AssertAllArrivedInOrder();
        AssertRekeyed(pair, 10, 10);
    }

    [Fact]
    public void A_lost_handshake_message_costs_no_packet()
    {
        // 12 s, and the attempt after the lost one comes at 17.3 s at the latest: before 18 s. With 10 s there is a gap of 0.3 s.
        using var pair = Make(12, 0, 10);
        pair.Connect();
        var handshakes = 0;
        pair.Network.Link = datagram => datagram.Type is MessageType.Initiation or MessageType.Response && handshakes++ % 3 == 2 ? [] : [pair.Network.Delay];
        var (toBob, toAlice) = (Stream.ToBob(pair), Stream.ToAlice(pair));
        for (var tick = 0; tick < Seconds * 20; tick++)
        {
            toBob.Send();
            toAlice.Send();
            pair.Network.Run(0.05);
        }
        pair.Network.Run(1);
        toBob.AssertAllArrivedInOrder();
        Assert.Equal(toAlice.Sent, toAlice.Arrived.Count);
        Assert.InRange(handshakes, 2 * Seconds / 18, 4 * Seconds / 12);
    }

    [Theory]
    [InlineData(20, 0)]
    [InlineData(0, 20)]
    public void Without_traffic_the_key_ends_at_one_and_a_half_times_N_and_nothing_is_sent_for_it(ushort alices, ushort bobs)
    {
        using var pair = Make(alices, bobs, 10);
        var host = alices != 0 ? pair.Alice : pair.Bob;
        var secrets = host.LivingSecrets;
        pair.Connect();
        pair.Network.Run(12);
        pair.CutTheLink();
        var keypair = host.PeerOf(alices != 0 ? pair.Bob : pair.Alice).Keypairs.Current!;
        Assert.Equal(TimeSpan.FromSeconds(30), keypair.RejectAt - keypair.Created);
        pair.Network.Run(keypair.RejectAt - pair.Network.Now - TimeSpan.FromMilliseconds(1));
        Assert.Equal(secrets + 2, host.LivingSecrets);
        pair.Network.Run(0.001);
        Assert.Equal(secrets, host.LivingSecrets);
        Assert.Equal(1, host.Device.Ledger.ErasedFor(KeyEndReason.TooOld));
        Assert.Equal(TimeSpan.Zero, host.Device.Ledger.WorstOutliving);
        Assert.Equal(1, host.Log.Count("no handshake for 30 s"));
    }

    [Fact]
    public void The_responder_lets_the_initiator_go_first()
    {
        using var pair = Make(10, 10, 10);
        pair.Connect();
        // Nothing of Alice arrives: Bob sees that she does not renew the key, and does it himself within a second.
        pair.Network.Run(9.7);
        pair.Silence(pair.Alice);
        pair.BobSends();
        pair.Network.Run(0.4);
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        pair.Network.Run(0.7);
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void A_limit_of_bytes_renews_the_key_at_most_each_5_s_and_no_packet_is_lost(bool alices, bool bobs)
    {
        using var pair = new Pair();
        if (alices) pair.Alice.Apply(new DeviceChange { RekeyAfterBytes = KeyLife.MinRekeyAfterBytes });
        if (bobs) pair.Bob.Apply(new DeviceChange { RekeyAfterBytes = KeyLife.MinRekeyAfterBytes });
        pair.Connect();
        var (toBob, toAlice) = (Stream.ToBob(pair, 1400), Stream.ToAlice(pair, 1400));
        ulong most = 0;
        for (var tick = 0; tick < 60 * 20; tick++)
        {
            // 1.13 MB in a second: the limit is reached long before the 5 s are over.
            toBob.Send(20);
            toAlice.Send(20);
            pair.Network.Run(0.05);
            most = Math.Max(most, pair.AliceAtBob.Keypairs.Current!.Bytes);
        }
        pair.Network.Run(1);
        toBob.AssertAllArrivedInOrder();
        toAlice.AssertAllArrivedInOrder();
        var initiations = pair.Network.Sent.Where(static sent => sent.Datagram.Type == MessageType.Initiation).Select(static sent => sent.At).ToArray();
        Assert.InRange(initiations.Length, 10, 13);
        for (var i = 1; i < initiations.Length; i++) Assert.InRange((initiations[i] - initiations[i - 1]).TotalSeconds, 5, 6.1);
        Assert.InRange(most, KeyLife.MinRekeyAfterBytes, 7UL * 1024 * 1024);
        Assert.Equal(0, pair.Alice.Device.Drops.Total + pair.Bob.Device.Drops.Total);
    }

    [Fact]
    public void A_limit_of_bytes_that_is_not_reached_changes_nothing()
    {
        using var pair = new Pair();
        pair.Bob.Apply(new DeviceChange { RekeyAfterBytes = KeyLife.MinRekeyAfterBytes });
        pair.Connect();
        for (var i = 0; i < 50; i++)
        {
            pair.AliceSends(1000);
            pair.Network.Run(1);
        }
        Assert.Equal(1, pair.Bob.Device.Ledger.Made);
        Assert.InRange(pair.AliceAtBob.Keypairs.Current!.Bytes, 50_000UL, 60_000UL);
    }

    [Fact]
    public void A_byte_limit_is_reached_by_receiving_alone()
    {
        using var pair = new Pair();
        pair.Alice.Change(pair.Bob, static change => change.RekeyAfterBytes = KeyLife.MinRekeyAfterBytes);
        pair.Connect();
        var stream = Stream.ToAlice(pair, 1400);
        for (var i = 0; i < 40; i++)
        {
            stream.Send(30);
            pair.Network.Run(0.25);
        }
        stream.AssertAllArrivedInOrder();
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    [Fact]
    public void A_second_wish_to_renew_on_the_same_key_is_heard_as_well()
    {
        using var pair = Make(10, 0, 10);
        pair.Connect();
        // The first wish falls on deaf ears: a handshake message was sent just before.
        pair.Network.Run(9);
        pair.BobAtAlice.LastHandshakeSent = pair.Network.Now;
        pair.Network.Run(0.7);
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        pair.Network.Run(4.4);
        Assert.False(pair.BobAtAlice.LastMinuteHandshakeAsked);
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(2, pair.Alice.Delivered.Count);
    }

    private static Pair Make(ushort alices, ushort bobs, int delay)
    {
        var pair = new Pair();
        pair.Network.Delay = TimeSpan.FromMilliseconds(delay);
        if (alices != 0) pair.Alice.Apply(new DeviceChange { RekeyAfterSeconds = alices });
        if (bobs != 0) pair.Bob.Apply(new DeviceChange { RekeyAfterSeconds = bobs });
        return pair;
    }

    /// <summary>A rekey each N seconds and none more often, no handshakes that crossed, and nobody noticed anything.</summary>
    private static void AssertRekeyed(Pair pair, int n, int delay)
    {
        var initiations = pair.Network.Sent.Where(static sent => sent.Datagram.Type == MessageType.Initiation).Select(static sent => sent.At).ToArray();
        for (var i = 1; i < initiations.Length; i++) Assert.InRange((initiations[i] - initiations[i - 1]).TotalSeconds, n, n + 1.2 + (4 * delay / 1000.0));
        Assert.InRange(initiations.Length, (Seconds / (n + 1)) + 1, (Seconds / n) + 2);
        foreach (var host in new[] { pair.Alice, pair.Bob })
        {
            Assert.Equal(initiations.Length, host.Device.Ledger.Made);
            Assert.Equal(0, host.Device.Drops.Total);
            Assert.Equal(0, host.Log.Count("Warning"));
            Assert.Equal(TimeSpan.Zero, host.Device.Ledger.WorstOutliving);
            // The current one, and for 5 s at each rekey the one before: no other lives.
            Assert.InRange(host.Device.Ledger.Alive, 1, 2);
        }
    }
}
