using PfsVpn.Configuration;
using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>Bob's keys live for 15 s, Alice is a standard peer and sends on hers for 180 s.</summary>
public sealed class TombstoneTests
{
    [Fact]
    public void Data_on_a_key_that_ended_after_silence_starts_a_handshake_and_traffic_stops_for_that_alone()
    {
        using var pair = MakeIdle();
        var stream = Stream.ToBob(pair);
        var began = pair.Network.Now;
        while (pair.Bob.Delivered.Count == 0)
        {
            stream.Send();
            pair.Network.Run(0.001);
            Assert.True(pair.Network.Now - began < TimeSpan.FromSeconds(1), "no handshake");
        }
        // Lost is what was under way while the handshake took place: 20 ms of waiting for an initiation that might have been behind it, and two round trips of 20 ms.
        Assert.InRange(stream.Arrived[0], 40, 62);
        Assert.Equal(stream.Arrived[0], pair.Bob.Device.Drops[DropReason.ErasedKeypair]);
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        for (var i = 0; i < 100; i++)
        {
            stream.Send();
            pair.Network.Run(0.001);
        }
        pair.Network.Run(0.1);
        Assert.Equal(Enumerable.Range(stream.Arrived[0], stream.Sent - stream.Arrived[0]), stream.Arrived);
    }

    [Fact]
    public void Whoever_repeats_such_data_gets_one_initiation_in_5_s_and_none_where_the_peer_is_not_there()
    {
        using var pair = MakeIdle();
        var data = pair.RecordDataOfAlice();
        pair.Silence(pair.Alice);
        for (var i = 0; i < 1000; i++)
        {
            // From somewhere else: the initiation goes to the endpoint that Alice authenticated.
            SimulatedNetwork.Inject(data, pair.Bob, pair.Alice.Address with { Port = 7777 });
            pair.Network.Run(0.02);
        }
        var initiations = pair.Network.SentBy(pair.Bob, MessageType.Initiation).ToArray();
        Assert.InRange(initiations.Length, 4, 5);
        Assert.All(initiations, sent => Assert.Equal(pair.Alice.Address, sent.Datagram.Destination));
        for (var i = 1; i < initiations.Length; i++) Assert.True(initiations[i].At - initiations[i - 1].At >= TimeSpan.FromSeconds(5));
        Assert.Equal(1000, pair.Bob.Device.Drops[DropReason.ErasedKeypair]);

        // Each was a single attempt, and its secrets are gone.
        pair.Network.Run(100);
        Assert.Equal(initiations.Length, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        Assert.Equal(HandshakeState.None, pair.AliceAtBob.Handshake.State);
        KeyAccount.AssertTrue(pair.Bob);
    }

    [Fact]
    public void An_initiation_right_behind_the_data_is_not_crossed_by_one_of_ours()
    {
        using var pair = MakeIdle();
        // Alice made the key and renews it when she sends after 120 s, so her initiation follows the data.
        pair.Network.Run(130);
        pair.AliceSends();
        pair.Network.Run(0.2);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ErasedKeypair]);
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
        Assert.Equal(2, pair.Bob.Device.Ledger.Made);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void It_is_remembered_for_180_s()
    {
        using var pair = MakeIdle();
        var data = pair.RecordDataOfAlice();
        pair.CutTheLink();
        var erased = new KeyEnd[1];
        Assert.Equal(1, pair.Bob.Device.Ledger.CopyLatest(erased));
        pair.Network.Run(erased[0].Erased + TimeSpan.FromSeconds(179.9) - pair.Network.Now);
        SimulatedNetwork.Inject(data, pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ErasedKeypair]);
        pair.Network.Run(0.1);
        SimulatedNetwork.Inject(data, pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.UnknownIndex]);
        pair.Bob.RunControl();
        Assert.Equal(0, pair.Bob.Device.Sessions.Tombstones.Count);
    }

    public static TheoryData<string, bool> Ends => new()
    {
        { "before sleep", true }, { "shorter life", true }, { "cloned", false }, { "key changed", false }, { "removed", false }, { "down", false },
    };

    [Theory]
    [MemberData(nameof(Ends))]
    public void Only_what_the_peer_may_go_on_with_is_remembered(string end, bool isRemembered)
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        var data = pair.RecordDataOfAlice();
        switch (end)
        {
            case "before sleep":
                pair.Bob.Device.EraseSessions(KeyEndReason.BeforeSleep);
                break;
            case "shorter life":
                pair.Bob.Apply(new DeviceChange { RekeyAfterSeconds = 10 });
                break;
            case "cloned":
                pair.Bob.Device.EraseSessions(KeyEndReason.MachineCloned);
                break;
            case "key changed":
                pair.Bob.Apply(new DeviceChange { PrivateKey = pair.Bob.Arena.Allocate() });
                break;
            case "removed":
                pair.Bob.Change(pair.Alice, static change => change.Remove = true);
                break;
            default:
                pair.Bob.Device.Down();
                break;
        }
        SimulatedNetwork.Inject(data, pair.Bob);
        Assert.Equal(isRemembered ? 1 : 0, pair.Bob.Device.Drops[DropReason.ErasedKeypair]);
        Assert.Equal(isRemembered ? 0 : 1, pair.Bob.Device.Drops[DropReason.UnknownIndex]);
    }

    [Fact]
    public void A_peer_that_is_removed_takes_what_is_remembered_of_it_along()
    {
        using var pair = MakeIdle();
        var data = pair.RecordDataOfAlice();
        pair.Bob.Change(pair.Alice, static change => change.Remove = true);
        SimulatedNetwork.Inject(data, pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.UnknownIndex]);
        pair.Bob.RunControl();
        Assert.Equal(0, pair.Bob.Device.Sessions.Tombstones.Count);
    }

    [Fact]
    public void There_is_a_limit_and_the_oldest_go_first()
    {
        using var pair = new Pair();
        var tombstones = new Tombstones();
        var peer = pair.BobAtAlice;
        var now = pair.Network.Now;
        for (var index = 1u; index <= Tombstones.Capacity + 10; index++) tombstones.Add(index, peer, now);
        Assert.Equal(Tombstones.Capacity, tombstones.Count);
        Assert.Null(tombstones.Find(10, now));
        Assert.Same(peer, tombstones.Find(11, now));
        Assert.Same(peer, tombstones.Find(Tombstones.Capacity + 10, now));
        tombstones.Add(1, peer, now + TimeSpan.FromSeconds(180));
        Assert.Equal(1, tombstones.Count);
        tombstones.Clear();
        Assert.Equal(0, tombstones.Count);
    }

    /// <summary>A pair that had a session, of which Bob has erased the key by its age, while Alice still holds hers.</summary>
    private static Pair MakeIdle()
    {
        var pair = new Pair();
        pair.Connect();
        // Her last word was data, and his a keepalive: nothing is owed and nothing unanswered.
        pair.Network.Run(12);
        pair.Bob.Apply(new DeviceChange { RekeyAfterSeconds = 10 });
        pair.Network.Run(8);
        Assert.Null(pair.AliceAtBob.Keypairs.Current);
        Assert.NotNull(pair.BobAtAlice.Keypairs.Current);
        return pair;
    }
}
