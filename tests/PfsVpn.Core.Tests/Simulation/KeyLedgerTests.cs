using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>The ledger tells of every key that is made and erased, truly: held against the arena, at every moment.</summary>
public sealed class KeyLedgerTests
{
    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(0.6)]
    public void Made_less_erased_is_what_is_in_the_arena_at_every_moment_of_a_long_conversation(double loss)
    {
        using var pair = new Pair();
        var random = new SeededRandom(7);
        pair.Network.Link = _ => random.Chance(loss) ? [] : [TimeSpan.FromMilliseconds(1 + random.Next(400))];
        pair.Alice.SetPresharedKey(pair.Bob, 7);
        pair.Bob.SetPresharedKey(pair.Alice, 7);
        for (var i = 0; i < 3000; i++)
        {
            // Talk, silence long enough for keys to end, talk again.
            if (i % 1500 < 700 && random.Chance(0.3)) (random.Chance(0.5) ? pair.Alice : pair.Bob).SendInner(random.Chance(0.5) ? Pair.PacketToBob() : Pair.PacketToAlice());
            pair.Network.Run(0.27);
            KeyAccount.AssertTrue(pair.Alice);
            KeyAccount.AssertTrue(pair.Bob);
        }
        pair.Network.Run(600);
        var ledger = pair.Alice.Device.Ledger;
        Assert.True(ledger.Made >= 4, $"only {ledger.Made} keypairs");
        Assert.Equal((0, 0), (ledger.Alive, ledger.AliveOf(KeyKind.HandshakeSecrets)));
        Assert.Equal(ledger.Made, ledger.ErasedFor(KeyEndReason.HandshakeCompleted, KeyKind.HandshakeSecrets));
        // Virtual time wakes the control loop at each deadline: nothing is ever late.
        Assert.Equal(TimeSpan.Zero, ledger.WorstOutliving);
        Assert.Equal(TimeSpan.Zero, pair.Bob.Device.Ledger.WorstOutliving);
        KeyAccount.AssertTrue(pair.Alice);
    }

    [Fact]
    public void An_attempt_is_replaced_by_the_next_and_the_last_is_abandoned()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(200);
        var ledger = pair.Alice.Device.Ledger;
        Assert.Equal(0, ledger.AliveOf(KeyKind.HandshakeSecrets));
        Assert.Equal(1, ledger.ErasedFor(KeyEndReason.HandshakeAbandoned, KeyKind.HandshakeSecrets));
        Assert.Equal(pair.Network.CountSent(pair.Alice, MessageType.Initiation) - 1, ledger.ErasedFor(KeyEndReason.Replaced, KeyKind.HandshakeSecrets));
        Assert.Equal(TimeSpan.Zero, ledger.WorstOutliving);
        var totals = pair.BobAtAlice.KeyTotals!;
        Assert.Equal((totals.Made(KeyKind.HandshakeSecrets), 0), (totals.Erased(KeyKind.HandshakeSecrets), totals.Made(KeyKind.Keypair)));
    }

    [Fact]
    public void An_own_initiation_that_the_peers_handshake_overtook_ends_when_its_time_is_over()
    {
        using var pair = new Pair();
        // Alice answers Bob's handshake, but hears nothing on the key that it made; and of her own handshake, later, nothing gets through.
        pair.Network.Link = datagram => datagram.From == pair.Bob && datagram.Type == MessageType.Data ? [] : [pair.Network.Delay];
        pair.BobSends();
        pair.Network.Run(6);
        pair.Network.Link = datagram => datagram.Type == MessageType.Initiation ? [] : [pair.Network.Delay];
        pair.AliceSends();
        Assert.Equal(HandshakeState.InitiationSent, pair.BobAtAlice.Handshake.State);
        var deadline = pair.BobAtAlice.Handshake.Deadline;
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.True(pair.BobAtAlice.Keypairs.Current is { IsConfirmedByPeer: true });
        Assert.Equal(HandshakeState.InitiationSent, pair.BobAtAlice.Handshake.State);
        pair.Network.Run(deadline - pair.Network.Now);
        Assert.Equal(HandshakeState.None, pair.BobAtAlice.Handshake.State);
        Assert.False(pair.BobAtAlice.IsHandshakePending);
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.HandshakeAbandoned, KeyKind.HandshakeSecrets));
        Assert.Equal(TimeSpan.Zero, pair.Alice.Device.Ledger.WorstOutliving);
    }

    [Fact]
    public void A_life_is_told_from_its_making_to_its_erasing()
    {
        using var pair = new Pair();
        var start = pair.Network.Now;
        pair.Connect();
        pair.Network.Run(130);
        pair.AliceSends();
        pair.Network.Run(1);
        pair.BobSends();
        pair.Network.Run(10);

        Span<KeyEnd> ends = new KeyEnd[KeyLedger.Capacity];
        var count = pair.Alice.Device.Ledger.CopyLatest(ends);
        var end = ends[0];
        Assert.Equal((KeyKind.Keypair, KeyEndReason.PreviousRetired, pair.Bob.PublicKey), (end.Kind, end.Reason, end.Peer));
        Assert.Equal(start + TimeSpan.FromMilliseconds(20), end.Created);
        Assert.Equal(start + TimeSpan.FromMilliseconds(210), end.Confirmed);
        Assert.InRange((end.Retired - start).TotalSeconds, 130.4, 130.5);
        Assert.Equal(end.Deadline, end.Erased);
        Assert.Equal(pair.BobAtAlice.Keypairs.Current!.FirstAuthenticated + TimeSpan.FromSeconds(5), end.Deadline);
        Assert.Equal(TimeSpan.Zero, end.Outlived);
        Assert.Equal((KeyKind.HandshakeSecrets, KeyEndReason.HandshakeCompleted), (ends[1].Kind, ends[1].Reason));
        Assert.Equal(3, count);
    }

    [Fact]
    public void A_lease_that_keeps_a_key_beyond_its_deadline_shows_for_the_device_and_for_the_peer()
    {
        using var pair = new Pair();
        pair.Connect();
        var keypair = pair.BobAtAlice.Keypairs.Current!;
        Assert.True(keypair.TryAcquire());
        pair.Network.Run(keypair.RejectAt - pair.Network.Now);
        Assert.True(keypair.IsDead);
        Assert.Equal(1, pair.Alice.Device.Ledger.Alive);
        pair.Network.Run(0.75);
        keypair.Release();
        Assert.Equal(0, pair.Alice.Device.Ledger.Alive);
        Assert.Equal(TimeSpan.FromSeconds(0.75), pair.Alice.Device.Ledger.WorstOutliving);
        Assert.Equal(TimeSpan.FromSeconds(0.75), pair.BobAtAlice.KeyTotals!.WorstOutliving);
        Assert.Equal(keypair.RejectAt, pair.Alice.Device.Ledger.Worst!.Value.Deadline);
    }

    [Fact]
    public void A_key_that_is_ended_early_is_due_at_that_moment()
    {
        using var pair = new Pair();
        pair.Connect();
        var keypair = pair.BobAtAlice.Keypairs.Current!;
        Assert.True(keypair.TryAcquire());
        pair.Alice.Device.Down();
        pair.Network.Run(0.5);
        keypair.Release();
        Assert.Equal(TimeSpan.FromSeconds(0.5), pair.Alice.Device.Ledger.WorstOutliving);
        Assert.Equal(keypair.Retired, keypair.Deadline);
    }

    [Fact]
    public void A_control_loop_that_comes_late_shows()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.IsControlPaused = true;
        pair.Network.Run(200);
        pair.Alice.IsControlPaused = false;
        pair.Alice.RunControl();
        Assert.InRange(pair.Alice.Device.Ledger.WorstOutliving.TotalSeconds, 20, 20.5);
        Assert.Equal(TimeSpan.Zero, pair.Bob.Device.Ledger.WorstOutliving);
    }

    [Fact]
    public void Cookies_and_the_secret_behind_them_end_when_they_expire()
    {
        using var pair = new Pair();
        DemandCookie(pair, () => pair.AliceSends());
        Assert.Equal(1, pair.Bob.Device.Ledger.AliveOf(KeyKind.CookieSecret));
        Assert.Equal(1, pair.Alice.Device.Ledger.AliveOf(KeyKind.ReceivedCookie));
        KeyAccount.AssertTrue(pair.Alice);
        KeyAccount.AssertTrue(pair.Bob);
        pair.Network.Run(125);
        Assert.Equal(1, pair.Bob.Device.Ledger.ErasedFor(KeyEndReason.TooOld, KeyKind.CookieSecret));
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.TooOld, KeyKind.ReceivedCookie));
        KeyAccount.AssertTrue(pair.Alice);
        KeyAccount.AssertTrue(pair.Bob);
        Assert.Equal(TimeSpan.Zero, pair.Alice.Device.Ledger.WorstOutliving);
        Assert.Equal(TimeSpan.Zero, pair.Bob.Device.Ledger.WorstOutliving);
    }

    [Theory]
    [InlineData("peer removed", KeyEndReason.PeerRemoved)]
    [InlineData("key changed", KeyEndReason.PrivateKeyChanged)]
    [InlineData("interface down", KeyEndReason.InterfaceDown)]
    [InlineData("disposed", KeyEndReason.Shutdown)]
    public void Whatever_ends_with_a_session_is_noted_with_its_reason(string what, object boxed)
    {
        var reason = (KeyEndReason)boxed;
        using var pair = new Pair();
        pair.Alice.SetPresharedKey(pair.Bob, 7);
        pair.Bob.SetPresharedKey(pair.Alice, 7);
        pair.Connect();
        pair.Network.Run(120);
        pair.AliceSends();
        pair.Network.Run(5.2);
        DemandCookie(pair, () =>
        {
            pair.Alice.Device.Raise(pair.BobAtAlice, PeerSignal.LastMinute);
            pair.Alice.RunControl();
        });
        pair.CutTheLink();
        KeyAccount.AssertTrue(pair.Alice);
        var ledger = pair.Alice.Device.Ledger;
        var before = Enum.GetValues<KeyKind>().ToDictionary(static kind => kind, ledger.AliveOf);
        Assert.Equal((2, 1, 1, 1, 1, 1), (before[KeyKind.Keypair], before[KeyKind.HandshakeSecrets], before[KeyKind.ReceivedCookie],
            before[KeyKind.StaticStaticSecret], before[KeyKind.PresharedKey], before[KeyKind.StaticPrivateKey]));

        End(pair, what);
        KeyAccount.AssertTrue(pair.Alice);
        Assert.Equal((2, 1), (ledger.ErasedFor(reason), ledger.ErasedFor(reason, KeyKind.HandshakeSecrets)));
        Assert.Equal(1, ledger.ErasedFor(reason, KeyKind.ReceivedCookie));
        Assert.Equal(what == "interface down" ? 0 : 1, ledger.ErasedFor(reason, KeyKind.StaticStaticSecret));
        Assert.Equal(what is "peer removed" or "disposed" ? 1 : 0, ledger.ErasedFor(reason, KeyKind.PresharedKey));
        Assert.Equal(what is "key changed" or "disposed" ? 1 : 0, ledger.ErasedFor(reason, KeyKind.StaticPrivateKey));
    }

    [Fact]
    public void A_preshared_key_that_is_changed_or_taken_away_is_noted()
    {
        using var pair = new Pair();
        pair.Alice.SetPresharedKey(pair.Bob, 1);
        pair.Alice.SetPresharedKey(pair.Bob, 2);
        KeyAccount.AssertTrue(pair.Alice);
        pair.Alice.SetPresharedKey(pair.Bob, 0);
        KeyAccount.AssertTrue(pair.Alice);
        var ledger = pair.Alice.Device.Ledger;
        Assert.Equal((2, 2), (ledger.MadeOf(KeyKind.PresharedKey), ledger.ErasedFor(KeyEndReason.PresharedKeyChanged, KeyKind.PresharedKey)));
    }

    [Fact]
    public void Only_the_latest_ends_are_kept_the_newest_first()
    {
        var now = 0L;
        var ledger = new KeyLedger(() => new MonotonicTime(now));
        Span<KeyEnd> ends = new KeyEnd[KeyLedger.Capacity + 10];
        Assert.Equal(0, ledger.CopyLatest(ends));
        for (now = 1; now <= 1000; now++) ledger.NoteErased(new KeyEnd(KeyKind.Keypair, KeyEndReason.TooOld, null, default, default, default, MonotonicTime.Infinite, default), null);
        Assert.Equal(KeyLedger.Capacity, ledger.CopyLatest(ends));
        for (var i = 0; i < KeyLedger.Capacity; i++) Assert.Equal(1000 - i, ends[i].Erased.Nanoseconds);
        Assert.Equal(3, ledger.CopyLatest(ends[..3]));
    }

    [Fact]
    public void Any_thread_may_note_and_noting_allocates_nothing()
    {
        const int Notes = 20_000, Rounds = 10;
        var least = long.MaxValue;
        // A collection of another test may charge a thread the rest of its allocation context; an allocation of a note would show on all threads in all rounds.
        for (var round = 0; round < Rounds && least != 0; round++) least = Math.Min(least, LeastAllocated(Notes));
        Assert.Equal(0, least);
    }

    /// <summary>Bytes that noting allocated on the thread that allocated least.</summary>
    private static long LeastAllocated(int notes)
    {
        var ledger = new KeyLedger(static () => new MonotonicTime(5));
        var totals = new PeerKeyTotals();
        var allocated = new long[4];
        Parallel.For(0, allocated.Length, new ParallelOptions { MaxDegreeOfParallelism = allocated.Length }, thread =>
        {
            Note(ledger, totals, 10);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Note(ledger, totals, notes - 10);
            allocated[thread] = GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.Equal((allocated.Length * notes, 0), (ledger.Erased, ledger.Alive));
        Assert.Equal(allocated.Length * notes, totals.Erased(KeyKind.Keypair));
        return allocated.Min();
    }

    /// <summary>Bob is flooded, so that he answers Alice's initiation, which <paramref name="initiate"/> sends, with a cookie.</summary>
    private static void DemandCookie(Pair pair, Action initiate)
    {
        var mallory = pair.Network.AddHost("Mallory", "203.0.113.66");
        mallory.AddPeer(pair.Bob, withEndpoint: true, "10.0.0.2/32");
        var link = pair.Network.Link;
        pair.CutTheLink();
        mallory.SendInner(Pair.PacketToBob());
        mallory.IsControlPaused = true;
        pair.Network.Link = link;
        pair.Bob.IsControlPaused = true;
        var initiation = pair.Network.LastSent(mallory, MessageType.Initiation);
        for (var i = 0u; i < HandshakeQueue.DefaultCapacity / 8; i++)
            SimulatedNetwork.Inject(initiation, pair.Bob, new EndpointAddress(new IpAddress(0xC6120000u + i), 4500));
        initiate();
        pair.Network.Run(1);
        pair.Bob.IsControlPaused = false;
        pair.Bob.RunControl();
    }

    private static void Note(KeyLedger ledger, PeerKeyTotals totals, int times)
    {
        for (var i = 0; i < times; i++)
        {
            ledger.NoteMade(KeyKind.Keypair, totals);
            ledger.NoteErased(new KeyEnd(KeyKind.Keypair, KeyEndReason.TooOld, null, new MonotonicTime(1), default, default, new MonotonicTime(4), default), totals);
        }
    }

    private static void End(Pair pair, string what)
    {
        var change = new DeviceChange();
        switch (what)
        {
            case "peer removed":
                change.Peers.Add(new PeerChange(pair.Bob.PublicKey) { Remove = true });
                pair.Alice.Apply(change);
                break;
            case "key changed":
                change.PrivateKey = pair.Alice.Arena.Allocate();
                X25519.GeneratePrivateKey(change.PrivateKey, pair.Alice.Random);
                pair.Alice.Apply(change);
                break;
            case "interface down":
                pair.Alice.Device.Down();
                break;
            default:
                pair.Alice.Device.Dispose();
                break;
        }
    }
}
