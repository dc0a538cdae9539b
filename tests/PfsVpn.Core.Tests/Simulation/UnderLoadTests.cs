using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.TestSupport.Simulation;

namespace PfsVpn.Tests.Simulation;

/// <summary>WireGuard paper §5.3: cookies. Mallory, who knows Bob's public key but is no peer of his, floods him; his control loop stands still meanwhile.</summary>
public sealed class UnderLoadTests
{
    private const int EighthOfTheQueue = HandshakeQueue.DefaultCapacity / 8;

    [Fact]
    public void An_initiation_without_a_cookie_gets_a_cookie_reply_and_nothing_else()
    {
        using var pair = new Pair();
        Flood(pair);
        var waiting = pair.Bob.Device.Initiations.Count;
        pair.AliceSends();
        pair.Network.Run(1);
        Assert.Equal(waiting, pair.Bob.Device.Initiations.Count);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        var reply = Assert.Single(pair.Network.Sent, sent => sent.Datagram.From == pair.Bob).Datagram;
        Assert.Equal((MessageType.CookieReply, MessageSizes.CookieReply, 0), (reply.Type, reply.Bytes.Length, reply.Tos));
        Assert.Equal(pair.Alice.Address, reply.Destination);
        Assert.Equal(1, pair.Alice.Log.Count("is under load and demands a cookie"));

        // Storing it is all that Alice does: no resend, no counter.
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(0ul, pair.BobAtAlice.Statistics.Received);
    }

    [Fact]
    public void The_next_initiation_carries_the_cookie_and_passes()
    {
        using var pair = new Pair();
        Flood(pair);
        pair.AliceSends();
        pair.Network.Run(5.5);
        var initiations = pair.Network.SentBy(pair.Alice, MessageType.Initiation).Select(static sent => sent.Datagram.Bytes).ToArray();
        Assert.Equal(2, initiations.Length);
        Assert.False(initiations[0].AsSpan(MessageSizes.Initiation - MessageSizes.Mac).ContainsAnyExcept((byte)0));
        Assert.True(initiations[1].AsSpan(MessageSizes.Initiation - MessageSizes.Mac).ContainsAnyExcept((byte)0));
        Assert.Equal(EighthOfTheQueue + 1, pair.Bob.Device.Initiations.Count);

        pair.Bob.IsControlPaused = false;
        pair.Bob.RunControl();
        pair.Network.Run(1);
        Assert.Single(pair.Bob.Delivered);
        Assert.Equal(EighthOfTheQueue, pair.Bob.Device.Drops[DropReason.UnknownPeer]);
        Assert.Equal(1, pair.Bob.Log.Count("Under load"));
    }

    [Fact]
    public void Load_is_sticky_for_a_second()
    {
        using var pair = new Pair();
        var initiation = Flood(pair);
        SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        pair.Bob.IsControlPaused = false;
        pair.Bob.RunControl();
        Assert.Equal(0, pair.Bob.Device.Initiations.Count);
        pair.Network.Run(0.99);
        SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal(2, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        pair.Network.Run(0.02);
        SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal(2, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
    }

    [Fact]
    public void With_a_cookie_a_source_may_send_5_at_once_and_20_a_second()
    {
        using var pair = new Pair();
        Flood(pair);
        pair.AliceSends();
        pair.Network.Run(4.9);
        // The second initiation, which has the cookie, is only recorded.
        pair.CutTheLink();
        pair.Network.Run(0.5);
        var initiation = pair.Network.LastSent(pair.Alice, MessageType.Initiation);
        for (var i = 0; i < 8; i++) SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal(EighthOfTheQueue + 5, pair.Bob.Device.Initiations.Count);
        Assert.Equal(3, pair.Bob.Device.Drops[DropReason.RateLimited]);
        pair.Network.Run(0.05);
        for (var i = 0; i < 2; i++) SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal(EighthOfTheQueue + 6, pair.Bob.Device.Initiations.Count);
        Assert.Equal(4, pair.Bob.Device.Drops[DropReason.RateLimited]);
    }

    [Fact]
    public void A_cookie_holds_for_the_address_and_port_that_it_was_made_for()
    {
        using var pair = new Pair();
        Flood(pair);
        pair.AliceSends();
        pair.Network.Run(4.9);
        pair.CutTheLink();
        pair.Network.Run(0.5);
        var initiation = pair.Network.LastSent(pair.Alice, MessageType.Initiation);
        SimulatedNetwork.Inject(initiation, pair.Bob, pair.Alice.Address with { Port = 4 });
        Assert.Equal(2, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal(EighthOfTheQueue + 1, pair.Bob.Device.Initiations.Count);
    }

    [Fact]
    public void Responses_are_not_crowded_out_by_initiations()
    {
        using var pair = new Pair();
        pair.Network.Link = datagram =>
        {
            if (datagram.From == pair.Alice && datagram.Type == MessageType.Response) FillTheQueue(pair);
            return [pair.Network.Delay];
        };
        pair.BobSends();
        pair.Network.Run(0.1);
        // A response too must carry a cookie under load.
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.CookieReply));
        pair.Bob.IsControlPaused = false;

        // The answer to Bob's next initiation has one, and finds its own queue, though that of the initiations is full to the last slot.
        pair.Network.Run(5.4);
        Assert.Equal(HandshakeQueue.DefaultCapacity, pair.Bob.Device.Initiations.Count);
        Assert.Equal(1, pair.Bob.Device.Replies.Count);
        pair.Bob.IsControlPaused = false;
        pair.Bob.RunControl();
        pair.Network.Run(0.1);
        Assert.Equal(Pair.PacketToAlice(), Assert.Single(pair.Alice.Delivered));
    }

    [Fact]
    public void A_full_queue_drops_and_counts()
    {
        using var pair = new Pair();
        pair.Network.AutoControl = false;
        pair.CutTheLink();
        while (pair.Bob.Device.Replies.TryEnqueue(new byte[MessageSizes.Response], default))
        {
        }
        pair.BobSends();
        pair.Bob.Device.ProcessSignals(pair.Bob.Step);
        SimulatedNetwork.Inject(pair.Network.LastSent(pair.Bob, MessageType.Initiation), pair.Alice);
        pair.Alice.RunControl();
        SimulatedNetwork.Inject(pair.Network.LastSent(pair.Alice, MessageType.Response), pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.HandshakeQueueFull]);
    }

    [Fact]
    public void A_cookie_reply_does_not_roam_and_is_taken_once()
    {
        using var pair = new Pair();
        Flood(pair);
        pair.AliceSends();
        pair.Network.Link = datagram => datagram.Type == MessageType.CookieReply ? [] : [pair.Network.Delay];
        pair.Network.Run(1);
        var endpoint = pair.BobAtAlice.Endpoint;
        var reply = pair.Network.LastSent(pair.Bob, MessageType.CookieReply);

        var forged = reply with { Bytes = [.. reply.Bytes] };
        forged.Bytes[40] ^= 1;
        SimulatedNetwork.Inject(forged, pair.Alice);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.InvalidCookieReply]);
        var secrets = pair.Alice.LivingSecrets;
        SimulatedNetwork.Inject(reply, pair.Alice, pair.Alice.Address with { Port = 9 });
        Assert.Equal(secrets + 1, pair.Alice.LivingSecrets);
        Assert.Same(endpoint, pair.BobAtAlice.Endpoint);
        SimulatedNetwork.Inject(reply, pair.Alice);
        Assert.Equal(2, pair.Alice.Device.Drops[DropReason.InvalidCookieReply]);

        forged.Bytes[4] ^= 1;
        SimulatedNetwork.Inject(forged, pair.Alice);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.UnknownHandshake]);
    }

    [Fact]
    public void The_secret_behind_the_cookies_is_erased_after_120_s()
    {
        using var pair = new Pair();
        var secrets = pair.Bob.LivingSecrets;
        Flood(pair);
        pair.AliceSends();
        pair.Network.Run(0.1);
        pair.Bob.IsControlPaused = false;
        pair.Bob.RunControl();
        pair.CutTheLink();
        pair.Network.Run(119.89);
        Assert.Equal(secrets + 1, pair.Bob.LivingSecrets);
        pair.Network.Run(0.1);
        Assert.Equal(secrets, pair.Bob.LivingSecrets);
    }

    [Fact]
    public void A_cookie_is_wiped_after_115_s()
    {
        using var pair = new Pair();
        Flood(pair);
        var secrets = pair.Alice.LivingSecrets;
        pair.AliceSends();
        pair.Network.Run(0.1);
        pair.CutTheLink();
        // 90 s of attempts, then nothing of Alice's is left but the cookie.
        pair.Network.Run(114.9);
        Assert.Equal(secrets + 1, pair.Alice.LivingSecrets);
        pair.Network.Run(0.1);
        Assert.Equal(secrets, pair.Alice.LivingSecrets);
    }

    [Fact]
    public void A_wrong_mac1_never_reaches_the_queue_and_is_never_answered()
    {
        using var pair = new Pair();
        var initiation = Flood(pair);
        for (var position = 0; position < MessageSizes.Initiation - MessageSizes.Mac; position += 13)
        {
            var forged = initiation with { Bytes = [.. initiation.Bytes] };
            forged.Bytes[Math.Max(position, 4)] ^= 0x40;
            SimulatedNetwork.Inject(forged, pair.Bob);
        }
        Assert.Equal(11, pair.Bob.Device.Drops[DropReason.WrongMac1]);
        Assert.Equal(EighthOfTheQueue, pair.Bob.Device.Initiations.Count);
        Assert.DoesNotContain(pair.Network.Sent, sent => sent.Datagram.From == pair.Bob);
    }

    [Fact]
    public void A_source_that_sends_too_many_needs_cookies_and_a_newcomer_does_not()
    {
        using var pair = new Pair();
        var initiation = Arrive(pair);
        for (var i = 0; i < 2000; i++) SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal(50, pair.Bob.Device.Initiations.Count);
        Assert.Equal(HandshakeScreen.CookieRepliesPerSource, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        Assert.Equal(1950 - HandshakeScreen.CookieRepliesPerSource, pair.Bob.Device.Drops[DropReason.RateLimited]);
        pair.AliceSends();
        pair.Network.Run(0.1);
        Assert.Equal(51, pair.Bob.Device.Initiations.Count);
        pair.Bob.IsControlPaused = false;
        pair.Bob.RunControl();
        pair.Network.Run(0.1);
        Assert.Single(pair.Bob.Delivered);
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(0, pair.Bob.Log.Count("Under load"));
    }

    [Fact]
    public void Cookie_replies_are_limited()
    {
        using var pair = new Pair();
        var initiation = Flood(pair);
        for (var i = 0; i < 6000; i++) SimulatedNetwork.Inject(initiation, pair.Bob, AddressOf(1000 + i));
        Assert.Equal(5000, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        Assert.Equal(1000, pair.Bob.Device.Drops[DropReason.RateLimited]);
    }

    [Fact]
    public void A_crowd_that_floods_leaves_a_cookie_for_a_newcomer()
    {
        using var pair = new Pair();
        var initiation = Flood(pair);
        for (var i = 0; i < 60_000; i++) SimulatedNetwork.Inject(initiation, pair.Bob, AddressOf(i % 1500));
        Assert.Equal(1500 * HandshakeScreen.CookieRepliesPerSource, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        pair.AliceSends();
        pair.Network.Run(0.1);
        Assert.Equal(1, pair.Alice.Log.Count("is under load and demands a cookie"));
    }

    [Fact]
    public void A_source_that_floods_uses_up_its_own_cookie_replies_only_and_a_wrong_mac1_uses_up_nobodys_allowance()
    {
        using var pair = new Pair();
        var initiation = Arrive(pair);
        var forged = initiation with { Bytes = [.. initiation.Bytes] };
        forged.Bytes[20] ^= 1;
        for (var i = 0; i < 2000; i++) SimulatedNetwork.Inject(forged, pair.Bob);
        Assert.Equal(2000, pair.Bob.Device.Drops[DropReason.WrongMac1]);
        for (var i = 0; i < 2000; i++) SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal(50, pair.Bob.Device.Initiations.Count);
        Assert.Equal(HandshakeScreen.CookieRepliesPerSource, pair.Bob.Device.Drops[DropReason.CookieDemanded]);

        // Many sources make a load: each of them gets its reply all the same.
        for (var i = 0; i < EighthOfTheQueue; i++) SimulatedNetwork.Inject(initiation, pair.Bob, AddressOf(i));
        pair.AliceSends();
        pair.Network.Run(0.1);
        Assert.Equal(1, pair.Alice.Log.Count("is under load and demands a cookie"));
    }

    [Fact]
    public void A_thousand_useless_initiations_in_a_second_are_a_load_even_where_the_queue_is_empty()
    {
        using var pair = new Pair();
        var initiation = Arrive(pair);
        pair.Bob.IsControlPaused = false;
        for (var i = 0; i < HandshakeQueue.UselessPerSecond; i++) SimulatedNetwork.Inject(initiation, pair.Bob, AddressOf(i));
        Assert.Equal(HandshakeQueue.UselessPerSecond, pair.Bob.Device.Drops[DropReason.UnknownPeer]);
        Assert.Equal(0, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        SimulatedNetwork.Inject(initiation, pair.Bob, AddressOf(2000));
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
        pair.Network.Run(1.01);
        SimulatedNetwork.Inject(initiation, pair.Bob, AddressOf(2000));
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.CookieDemanded]);
    }

    /// <summary>Fills an eighth of Bob's queue with an initiation of Mallory's from many addresses, which is returned, and stops his control loop.</summary>
    private static Datagram Flood(Pair pair)
    {
        var initiation = Arrive(pair);
        for (var i = 0; i < EighthOfTheQueue; i++) SimulatedNetwork.Inject(initiation, pair.Bob, AddressOf(i));
        Assert.Equal(EighthOfTheQueue, pair.Bob.Device.Initiations.Count);
        Assert.Equal(0, pair.Bob.Device.Drops.Total);
        return initiation;
    }

    private static EndpointAddress AddressOf(int number) => new(new IpAddress(0xC6120000u + (uint)number), 4500);

    /// <summary>An initiation of Mallory's, which Bob has not seen; his control loop is stopped.</summary>
    private static Datagram Arrive(Pair pair)
    {
        var mallory = pair.Network.AddHost("Mallory", "203.0.113.66");
        mallory.AddPeer(pair.Bob, withEndpoint: true, "10.0.0.2/32");
        pair.CutTheLink();
        mallory.SendInner(Pair.PacketToBob());
        mallory.IsControlPaused = true;
        pair.RestoreTheLink();
        pair.Bob.IsControlPaused = true;
        return pair.Network.LastSent(mallory, MessageType.Initiation);
    }

    private static void FillTheQueue(Pair pair)
    {
        // Of no type, so that working them off costs nothing.
        Span<byte> nothing = stackalloc byte[MessageSizes.Initiation];
        nothing.Clear();
        pair.Bob.IsControlPaused = true;
        while (pair.Bob.Device.Initiations.TryEnqueue(nothing, default(DatagramSource)))
        {
        }
    }
}
