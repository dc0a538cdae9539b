using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Simulation;

/// <summary>WireGuard paper §6.3 to §6.5.</summary>
public sealed class TimerSimulationTests
{
    [Fact]
    public void An_initiation_is_repeated_after_5_s_and_jitter_each_time_anew()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(80);
        var sent = pair.Network.SentBy(pair.Alice, MessageType.Initiation).ToArray();
        Assert.InRange(sent.Length, 15, 17);
        for (var i = 1; i < sent.Length; i++) Assert.InRange((sent[i].At - sent[i - 1].At).TotalSeconds, 5, 5.3334);
        Assert.True(sent.Zip(sent.Skip(1), static (a, b) => (b.At - a.At).TotalMilliseconds).Distinct().Count() > 5);
        Assert.Equal(sent.Length, sent.DistinctBy(static one => MessageCodec.ReadSender(one.Datagram.Bytes)).Count());
        Assert.Equal(sent.Length, sent.DistinctBy(static one => new PublicKey(one.Datagram.Bytes.AsSpan(8, 32))).Count());
        Assert.Equal(1, pair.Alice.Device.Indices.Count);
    }

    [Fact]
    public void The_worst_lateness_of_a_deadline_is_kept()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        pair.AliceSends();
        var device = pair.Alice.Device;
        pair.Network.Run(6);
        Assert.Equal(TimeSpan.Zero, device.WorstLateness);

        var due = device.NextDeadline;
        pair.Alice.IsControlPaused = true;
        pair.Network.Run(8);
        pair.Alice.IsControlPaused = false;
        pair.Alice.RunControl();
        var late = pair.Network.Now - due;
        Assert.True(late > TimeSpan.FromSeconds(1));
        Assert.Equal(late, device.WorstLateness);

        pair.Network.Run(20);
        Assert.Equal(late, device.WorstLateness);
    }

    [Fact]
    public void After_90_s_it_gives_up_and_the_next_packet_starts_anew()
    {
        using var pair = new Pair();
        var secrets = pair.Alice.LivingSecrets;
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(89.9);
        var sent = pair.Network.CountSent(pair.Alice, MessageType.Initiation);
        Assert.InRange(sent, 17, 18);
        Assert.Equal(1, pair.BobAtAlice.Staged.Count);
        pair.Network.Run(6);
        Assert.InRange(pair.Network.CountSent(pair.Alice, MessageType.Initiation), sent, sent + 1);
        sent = pair.Network.CountSent(pair.Alice, MessageType.Initiation);
        Assert.Equal(0, pair.BobAtAlice.Staged.Count);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.StagedAbandoned]);
        Assert.Equal(1, pair.Alice.Log.Count("lost: no answer from"));
        Assert.Equal(secrets, pair.Alice.LivingSecrets);
        Assert.Equal(0, pair.Alice.Device.Indices.Count);

        pair.Network.Run(600);
        Assert.Equal(sent, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        pair.RestoreTheLink();
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Each_new_packet_starts_the_attempts_anew_and_the_log_still_says_that_nobody_answers()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        for (var second = 0; second < 200; second++)
        {
            pair.AliceSends();
            pair.Network.Run(1);
        }
        Assert.InRange(pair.Network.CountSent(pair.Alice, MessageType.Initiation), 37, 40);
        Assert.InRange(pair.Alice.Log.Count("no answer from 192.0.2.2:51820 yet"), 3, 4);
        Assert.Equal(0, pair.Alice.Log.Count("lost:"));
        Assert.Equal(128, pair.BobAtAlice.Staged.Count);
        Assert.Equal(72, pair.Alice.Device.Drops[DropReason.StagedOverflow]);
    }

    [Fact]
    public void A_peer_that_falls_silent_under_traffic_is_said_to_be_gone()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.CutTheLink();
        for (var second = 0; second < 200; second++)
        {
            pair.AliceSends();
            pair.Network.Run(1);
        }
        Assert.True(pair.Alice.Log.Count("no answer from") > 0);
        Assert.Equal(1, pair.Alice.Log.Count("session ended"));
        pair.RestoreTheLink();
        pair.Network.Run(6);
        Assert.Equal(2, pair.Alice.Log.Count("- connected:"));
    }

    [Fact]
    public void A_keepalive_follows_data_after_10_s_when_nothing_else_is_sent()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        var start = pair.Network.Now;
        pair.AliceSends();
        pair.Network.Run(60);
        var keepalive = Assert.Single(SentSince(pair, pair.Bob, start));
        Assert.Equal(10.01, (keepalive.At - start).TotalSeconds, 3);
        Assert.Equal(MessageSizes.DataMinimum, keepalive.Datagram.Bytes.Length);
        // And the keepalive is not answered by another.
        Assert.Single(SentSince(pair, pair.Alice, start));
    }

    [Fact]
    public void More_data_meanwhile_arms_the_keepalive_once_more()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        var start = pair.Network.Now;
        pair.AliceSends();
        pair.Network.Run(3);
        pair.AliceSends();
        pair.Network.Run(60);
        Assert.Equal([10.01, 20.01], SentSince(pair, pair.Bob, start).Select(sent => Math.Round((sent.At - start).TotalSeconds, 3)));
    }

    [Fact]
    public void No_keepalive_is_sent_when_something_else_was()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        var start = pair.Network.Now;
        pair.AliceSends();
        pair.Network.Run(9.9);
        pair.BobSends();
        pair.Network.Run(5);
        Assert.Single(SentSince(pair, pair.Bob, start));
    }

    [Fact]
    public void Data_that_nobody_answers_starts_a_handshake_after_15_s()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.Silence(pair.Bob);
        var start = pair.Network.Now;
        pair.AliceSends();
        pair.Network.Run(5);
        // Counted from the first packet that was not answered.
        pair.AliceSends();
        pair.Network.Run(10.4);
        var initiation = pair.Network.SentBy(pair.Alice, MessageType.Initiation).Last();
        Assert.InRange((initiation.At - start).TotalSeconds, 15, 15.3334);
    }

    [Fact]
    public void A_keepalive_is_answer_enough()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        for (var i = 0; i < 5; i++)
        {
            pair.AliceSends();
            pair.Network.Run(17);
        }
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    [Fact]
    public void Steady_traffic_needs_neither_keepalives_nor_handshakes()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        var start = pair.Network.Now;
        for (var i = 0; i < 90; i++)
        {
            pair.AliceSends();
            pair.Network.Run(0.5);
            pair.BobSends();
            pair.Network.Run(0.5);
        }
        Assert.Equal(90, SentSince(pair, pair.Alice, start).Count);
        Assert.Equal(90, SentSince(pair, pair.Bob, start).Count);
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    [Fact]
    public void A_persistent_keepalive_is_sent_at_once_when_it_is_turned_on_and_then_every_n_seconds()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        var start = pair.Network.Now;
        SetKeepalive(pair, 25);
        pair.Network.Run(80);
        Assert.Equal([0.0, 25, 50, 75], SentSince(pair, pair.Alice, start).Select(sent => (sent.At - start).TotalSeconds));
        SetKeepalive(pair, 0);
        pair.Network.Run(100);
        Assert.Equal(4, SentSince(pair, pair.Alice, start).Count);
    }

    [Fact]
    public void A_persistent_keepalive_counts_from_any_authenticated_packet_either_way()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        var start = pair.Network.Now;
        SetKeepalive(pair, 8);
        pair.Network.Run(5);
        pair.AliceSends();
        pair.Network.Run(5);
        pair.BobSends();
        pair.Network.Run(7.9);
        Assert.Equal([0.0, 5], SentSince(pair, pair.Alice, start).Select(sent => (sent.At - start).TotalSeconds));
        pair.Network.Run(0.2);
        Assert.Equal(18.01, (SentSince(pair, pair.Alice, start)[^1].At - start).TotalSeconds, 3);
    }

    [Fact]
    public void A_shorter_interval_holds_at_once()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        SetKeepalive(pair, 1000);
        pair.Network.Run(30);
        var start = pair.Network.Now;
        SetKeepalive(pair, 3);
        pair.Network.Run(3);
        Assert.Single(SentSince(pair, pair.Alice, start));
    }

    [Fact]
    public void A_persistent_keepalive_starts_the_handshake_when_the_interface_goes_up_and_keeps_keys_fresh()
    {
        using var pair = new Pair();
        pair.Alice.Device.Down();
        SetKeepalive(pair, 25);
        pair.Network.Run(60);
        Assert.Empty(pair.Network.Sent);
        pair.Alice.Device.Up(pair.Alice.Step);
        pair.Network.Run(0.1);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Current);

        // For an hour, neither side is ever without a key.
        for (var i = 0; i < 3600; i += 5)
        {
            pair.Network.Run(5);
            Assert.NotNull(pair.BobAtAlice.Keypairs.Current);
            Assert.NotNull(pair.AliceAtBob.Keypairs.Current);
        }
        Assert.InRange(pair.Network.CountSent(pair.Alice, MessageType.Initiation), 24, 31);
    }

    [Fact]
    public void A_persistent_keepalive_never_gives_up_on_a_silent_peer()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        SetKeepalive(pair, 25);
        pair.Network.Run(600);
        pair.RestoreTheLink();
        pair.Network.Run(6);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Current);
    }

    [Fact]
    public void Everything_ephemeral_is_zero_540_s_after_the_last_session_was_derived()
    {
        using var pair = new Pair();
        var secrets = pair.Alice.LivingSecrets;
        pair.Connect();
        pair.CutTheLink();
        pair.Network.Run(538);
        pair.AliceSends();
        pair.Network.Run(1.5);
        Assert.Equal(HandshakeState.InitiationSent, pair.BobAtAlice.Handshake.State);
        Assert.True(pair.Alice.LivingSecrets > secrets);
        pair.Network.Run(0.2);
        Assert.Equal(HandshakeState.None, pair.BobAtAlice.Handshake.State);
        Assert.Equal(secrets, pair.Alice.LivingSecrets);
        Assert.Equal(0, pair.Alice.Device.Indices.Count);
    }

    [Fact]
    public void Handshake_messages_to_one_peer_are_5_s_apart()
    {
        using var pair = new Pair();
        pair.Network.Link = datagram => datagram.Type == MessageType.Response ? [] : [pair.Network.Delay];
        for (var i = 0; i < 300; i++)
        {
            pair.AliceSends();
            pair.BobSends();
            pair.Network.Run(0.2);
        }
        pair.Network.Run(0.1);
        foreach (var host in new[] { pair.Alice, pair.Bob })
        {
            var moments = pair.Network.SentBy(host, MessageType.Initiation).Select(static sent => sent.At).ToArray();
            for (var i = 1; i < moments.Length; i++) Assert.True((moments[i] - moments[i - 1]).TotalSeconds >= 5);
            var responses = pair.Network.SentBy(host, MessageType.Response).Select(static sent => sent.At).ToArray();
            foreach (var response in responses)
                Assert.DoesNotContain(moments, moment => moment > response && (moment - response).TotalSeconds < 5);
        }
        // Every accepted initiation was answered.
        Assert.Equal(
            pair.Network.CountSent(pair.Alice, MessageType.Initiation) + pair.Network.CountSent(pair.Bob, MessageType.Initiation),
            pair.Network.CountSent(pair.Alice, MessageType.Response) + pair.Network.CountSent(pair.Bob, MessageType.Response));
    }

    private static void SetKeepalive(Pair pair, ushort seconds) => pair.Alice.Change(pair.Bob, change => change.PersistentKeepalive = seconds);

    private static List<(MonotonicTime At, Datagram Datagram)> SentSince(Pair pair, SimulatedHost host, MonotonicTime start) =>
        [.. pair.Network.SentBy(host, MessageType.Data).Where(sent => sent.At >= start)];
}
