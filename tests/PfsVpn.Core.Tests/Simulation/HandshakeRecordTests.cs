using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Simulation;

/// <summary>How handshakes went is counted, and what went wrong last is something that a person can act on.</summary>
public sealed class HandshakeRecordTests
{
    [Fact]
    public void Both_sides_count_a_handshake_that_is_completed_and_every_datagram()
    {
        using var pair = new Pair();
        Assert.Null(pair.BobAtAlice.HandshakeRecord);
        pair.Connect();
        var (alice, bob) = (pair.BobAtAlice.HandshakeRecord!, pair.AliceAtBob.HandshakeRecord!);
        Assert.Equal((1, 0, 1, 0), (alice.Initiated, alice.Answered, alice.Completed, alice.Unanswered));
        Assert.Equal((0, 1, 1, 0), (bob.Initiated, bob.Answered, bob.Completed, bob.Unanswered));
        Assert.Equal((HandshakeFailure.None, HandshakeFailure.None), (alice.LastFailure, bob.LastFailure));
        Assert.InRange(alice.CompletedAt.Nanoseconds, 1, pair.Network.Now.Nanoseconds - 1);
        // An initiation and a response, and a packet each way.
        var (left, right) = (pair.BobAtAlice.Statistics, pair.AliceAtBob.Statistics);
        Assert.Equal((2ul, 2ul), (left.SentPackets, left.ReceivedPackets));
        Assert.Equal((left.SentPackets, left.ReceivedPackets), (right.ReceivedPackets, right.SentPackets));
    }

    [Fact]
    public void Initiations_without_an_answer_are_counted_until_one_is_answered()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(17);
        var record = pair.BobAtAlice.HandshakeRecord!;
        Assert.Equal((4, 3, 3), (record.Initiated, record.Unanswered, record.Failed(HandshakeFailure.NoAnswer)));
        Assert.Equal(HandshakeFailure.NoAnswer, record.LastFailure);
        Assert.InRange((pair.Network.Now - record.LastFailureAt).TotalSeconds, 0, 5.4);
        pair.RestoreTheLink();
        pair.Network.Run(6);
        Assert.Equal((1, 0), (record.Completed, record.Unanswered));
        Assert.True(record.CompletedAt > record.LastFailureAt);
        // Nothing is unanswered any more.
        var failed = record.Failed(HandshakeFailure.NoAnswer);
        pair.Settle();
        Assert.Equal(failed, record.Failed(HandshakeFailure.NoAnswer));
    }

    [Fact]
    public void A_response_that_does_not_decrypt_says_more_than_that_no_answer_came()
    {
        using var pair = new Pair();
        pair.Alice.SetPresharedKey(pair.Bob, 1);
        pair.Bob.SetPresharedKey(pair.Alice, 2);
        pair.AliceSends();
        pair.Network.Run(17);
        var record = pair.BobAtAlice.HandshakeRecord!;
        Assert.Equal(HandshakeFailure.ResponseRefused, record.LastFailure);
        Assert.Equal((4, 0, 3), (record.Failed(HandshakeFailure.ResponseRefused), record.Failed(HandshakeFailure.NoAnswer), record.Unanswered));
        Assert.Equal(HandshakeFailure.ResponsesNotTaken, pair.AliceAtBob.HandshakeRecord!.LastFailure);

        // Then the other side goes away.
        pair.Silence(pair.Bob);
        pair.Network.Run(10);
        Assert.Equal(HandshakeFailure.NoAnswer, record.LastFailure);
    }

    [Theory]
    [InlineData(nameof(UdpSendResult.NoRoute), nameof(HandshakeFailure.NetworkUnreachable))]
    [InlineData(nameof(UdpSendResult.Failed), nameof(HandshakeFailure.SendFailed))]
    public void A_datagram_that_the_system_does_not_take_is_a_failure_with_its_errno(string resultName, string failureName)
    {
        var (result, failure) = (Enum.Parse<UdpSendResult>(resultName), Enum.Parse<HandshakeFailure>(failureName));
        const int ENETUNREACH = 101;
        using var pair = new Pair();
        (pair.Alice.SendResult, pair.Alice.LastErrno) = (result, ENETUNREACH);
        pair.AliceSends();
        pair.Network.Run(6);
        var record = pair.BobAtAlice.HandshakeRecord!;
        Assert.Equal((failure, ENETUNREACH, 2), (record.LastFailure, record.LastErrno, record.Failed(failure)));

        // And in a session.
        pair.Alice.SendResult = UdpSendResult.Sent;
        pair.Network.Run(6);
        Assert.True(record.CompletedAt > record.LastFailureAt);
        pair.Alice.SendResult = result;
        pair.AliceSends();
        Assert.Equal((failure, ENETUNREACH, pair.Network.Now.Nanoseconds / 1_000_000), (record.LastFailure, record.LastErrno, record.LastFailureAt.Nanoseconds / 1_000_000));
    }

    [Fact]
    public void Without_an_endpoint_that_is_what_is_missing()
    {
        using var pair = new Pair(bobKnowsAlicesEndpoint: false);
        pair.BobSends();
        Assert.Equal(HandshakeFailure.NoEndpoint, pair.AliceAtBob.HandshakeRecord!.LastFailure);
    }

    [Fact]
    public void A_replayed_initiation_is_told()
    {
        using var pair = new Pair();
        pair.Connect();
        var initiation = pair.Network.LastSent(pair.Alice, MessageType.Initiation);
        pair.Network.Run(1);
        SimulatedNetwork.Inject(initiation, pair.Bob);
        Assert.Equal((HandshakeFailure.ReplayedTimestamp, 1), (pair.AliceAtBob.HandshakeRecord!.LastFailure, pair.AliceAtBob.HandshakeRecord!.Failed(HandshakeFailure.ReplayedTimestamp)));
    }

    [Fact]
    public void An_initiation_of_a_stranger_is_known_by_its_key_and_address()
    {
        using var pair = new Pair();
        Assert.Null(pair.Bob.Device.UnknownPeer);
        var stranger = pair.Network.AddHost("Carol", "192.0.2.3");
        stranger.AddPeer(pair.Bob, withEndpoint: true, "10.0.0.2/32");
        stranger.SendInner(Pair.PacketToBob());
        pair.Network.Run(6);
        Assert.Equal((stranger.PublicKey, stranger.Address), (pair.Bob.Device.UnknownPeer!.Key, pair.Bob.Device.UnknownPeer.Remote));
        Assert.Null(pair.Bob.Device.WrongKey);
        Assert.InRange((pair.Network.Now - pair.Bob.Device.UnknownPeer.At).TotalSeconds, 0, 1.5);
    }

    [Fact]
    public void The_latest_failure_is_one_word_that_keeps_its_parts()
    {
        var record = new HandshakeRecord();
        Assert.True(record.LastFailureAt.IsUnset);
        var tenYears = default(MonotonicTime) + TimeSpan.FromDays(3650);
        record.Note(HandshakeFailure.SendFailed, tenYears, errno: ushort.MaxValue);
        Assert.Equal((HandshakeFailure.SendFailed, 65535, tenYears), (record.LastFailure, record.LastErrno, record.LastFailureAt));
    }
}
