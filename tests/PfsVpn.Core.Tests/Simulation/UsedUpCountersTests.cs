using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>A keypair without counters ends when no message can use it any more: not before, for the other direction may still work.</summary>
public sealed class UsedUpCountersTests
{
    private const ulong Last = ProtocolConstants.RejectAfterMessages - 1;

    [Fact]
    public void A_keypair_used_up_both_ways_is_erased_at_once()
    {
        using var pair = Make();
        Assert.True(UseUp(pair, atAlice: true));
        // Alice cannot seal with it, but Bob's packets can still be opened.
        Assert.False(pair.BobAtAlice.Keypairs.Current!.IsDead);
        Assert.Equal(1, pair.Alice.Device.Ledger.Alive);

        Assert.True(UseUp(pair, atAlice: false));
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.TooManyMessages));
        Assert.Equal(1, pair.Bob.Device.Ledger.ErasedFor(KeyEndReason.TooManyMessages));
        Assert.Null(pair.BobAtAlice.Keypairs.Current);
        Assert.Null(pair.AliceAtBob.Keypairs.Current);
        KeyAccount.AssertTrue(pair.Alice);
        KeyAccount.AssertTrue(pair.Bob);

        pair.RestoreTheLink();
        pair.Network.Run(6);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void After_the_last_counter_nothing_is_opened_whatever_its_counter()
    {
        using var pair = Make();
        var early = pair.RecordDataOfAlice(61);
        Assert.True(UseUp(pair, atAlice: true));
        PfsVpn.TestSupport.Simulation.SimulatedNetwork.Inject(early, pair.Bob);
        Assert.Empty(pair.Bob.Delivered);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.KeypairExpired]);
    }

    [Fact]
    public void A_previous_keypair_only_receives_so_its_last_counter_ends_it()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Run(120);
        var old = pair.BobAtAlice.Keypairs.Current!;
        pair.AliceAtBob.Keypairs.Current!.SetSendCounter(Last);
        pair.CutTheLink();
        pair.BobSends(77);
        var last = pair.Network.LastSent(pair.Bob, MessageType.Data);
        // Bob's confirmation does not arrive, so that at Alice the old one stays the previous one.
        pair.Network.Link = datagram => datagram.From == pair.Bob && datagram.Type == MessageType.Data ? [] : [pair.Network.Delay];
        pair.AliceSends();
        pair.Network.Run(6);
        Assert.Same(old, pair.BobAtAlice.Keypairs.Previous);
        PfsVpn.TestSupport.Simulation.SimulatedNetwork.Inject(last, pair.Alice);
        Assert.Equal(77, Assert.Single(pair.Alice.Delivered).Length);
        Assert.Null(pair.BobAtAlice.Keypairs.Previous);
        Assert.True(old.IsDead);
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.TooManyMessages));
        KeyAccount.AssertTrue(pair.Alice);
    }

    /// <summary>A connected pair in which no handshake succeeds any more.</summary>
    private static Pair Make()
    {
        var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.Network.Link = datagram => datagram.Type == MessageType.Data ? [pair.Network.Delay] : [];
        return pair;
    }

    /// <summary>Sends a packet with the last counter; true where it arrived.</summary>
    private static bool UseUp(Pair pair, bool atAlice)
    {
        var (peer, receiver) = atAlice ? (pair.BobAtAlice, pair.Bob) : (pair.AliceAtBob, pair.Alice);
        peer.Keypairs.Current!.SetSendCounter(Last);
        if (atAlice) pair.AliceSends();
        else pair.BobSends();
        pair.Network.Run(0.1);
        var arrived = receiver.Delivered.Count == 1;
        receiver.Delivered.Clear();
        return arrived;
    }
}
