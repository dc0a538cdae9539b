using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Simulation;

/// <summary>Alice restarts and has lost her keys; Bob does not know it and goes on sending.</summary>
public sealed class RestartTests
{
    [Fact]
    public void Bobs_traffic_stops_for_one_handshake()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.RestartAlice();
        var stream = Stream.ToAlice(pair);
        for (var i = 0; i < 200; i++)
        {
            stream.Send();
            pair.Network.Run(0.001);
        }
        pair.Network.Run(0.1);
        // The first packet takes 10 ms, then 20 ms of waiting and two trips until Bob has the new key confirmed.
        Assert.InRange(stream.Arrived[0], 40, 62);
        Assert.Equal(Enumerable.Range(stream.Arrived[0], stream.Sent - stream.Arrived[0]), stream.Arrived);
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
    }

    [Fact]
    public void Alices_traffic_does_not_stop_at_all()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.RestartAlice();
        var stream = Stream.ToBob(pair);
        for (var i = 0; i < 100; i++)
        {
            stream.Send();
            pair.Network.Run(0.001);
        }
        pair.Network.Run(0.1);
        stream.AssertAllArrivedInOrder();
    }

    [Fact]
    public void An_initiation_right_behind_the_data_is_not_crossed_by_one_of_ours()
    {
        using var pair = new Pair();
        pair.BobSends();
        pair.Network.Run(0.1);
        pair.AliceSends();
        pair.Network.Run(125);
        pair.RestartAlice();
        pair.Alice.Delivered.Clear();
        pair.BobSends();
        pair.Network.Run(0.2);
        Assert.Equal(0, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Single(pair.Alice.Delivered);
    }

    [Theory]
    [InlineData("another port")]
    [InlineData("a session")]
    [InlineData("no endpoint")]
    [InlineData("moved by the configuration")]
    [InlineData("removed")]
    public void Nothing_happens_without_an_exact_endpoint_of_a_peer_without_keys(string why)
    {
        using var pair = new Pair();
        pair.Connect();
        var data = pair.RecordDataOfAlice();
        var stray = data.Bytes.ToArray();
        stray[4] ^= 1;
        var source = pair.Bob.Address;
        if (why == "another port") source = source with { Port = 1 };
        if (why != "a session") pair.RestartAlice();
        if (why == "no endpoint")
        {
            pair.Alice.Change(pair.Bob, static change => change.Remove = true);
            pair.Alice.AddPeer(pair.Bob, withEndpoint: false, "10.0.0.2/32");
        }
        if (why == "moved by the configuration") pair.Alice.Change(pair.Bob, change => change.Endpoint = pair.Bob.Address with { Port = 99 });
        if (why == "removed") pair.Alice.Change(pair.Bob, static change => change.Remove = true);
        var before = pair.Network.CountSent(pair.Alice, MessageType.Initiation);
        pair.Alice.Receive(stray, source);
        pair.Network.Run(1);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.UnknownIndex]);
        Assert.Equal(before, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    [Fact]
    public void A_spoofed_source_causes_single_initiations_5_s_apart_that_nobody_repeats()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        var stray = Stray();
        for (var i = 0; i < 1000; i++)
        {
            pair.Alice.Receive(stray, pair.Bob.Address);
            pair.Network.Run(0.02);
        }
        Assert.InRange(pair.Network.CountSent(pair.Alice, MessageType.Initiation), 3, 5);
        var sent = pair.Network.Sent.Count;
        pair.Network.Run(100);
        Assert.Equal(sent, pair.Network.Sent.Count);
        KeyAccount.AssertTrue(pair.Alice);
    }

    [Fact]
    public void A_flood_from_everywhere_costs_a_bounded_number_of_looks()
    {
        var hints = new RestartHints();
        var now = new MonotonicTime(5_000_000_000);
        var (taken, noted) = (0, 0);
        for (var i = 0u; i < 100_000; i++)
        {
            if (hints.Offer(new EndpointAddress(new IpAddress(i), 51820), now)) noted++;
            if (i % 10 == 0)
                while (hints.TryTake(out _)) taken++;
        }
        Assert.InRange(noted, 900, RestartHints.PerSecond);
        Assert.Equal(noted, taken);
        Assert.True(hints.IsEmpty);
    }

    [Fact]
    public void A_source_is_noted_once_a_second_and_no_more_wait_than_have_room()
    {
        var hints = new RestartHints();
        var now = new MonotonicTime(5_000_000_000);
        var source = new EndpointAddress(new IpAddress(1), 51820);
        Assert.True(hints.Offer(source, now));
        Assert.False(hints.Offer(source, now + TimeSpan.FromSeconds(0.9)));
        Assert.True(hints.Offer(source, now + TimeSpan.FromSeconds(1)));
        var noted = 2;
        for (var i = 2u; i < 1000; i++) noted += hints.Offer(source with { Port = (ushort)i }, now) ? 1 : 0;
        Assert.Equal(64, noted);
    }

    /// <summary>Data that means nothing to anybody.</summary>
    private static byte[] Stray()
    {
        var stray = new byte[64];
        stray[0] = 4;
        stray.AsSpan(4).Fill(0x5a);
        return stray;
    }
}
