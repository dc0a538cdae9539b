using PfsVpn.Lab.Seizure;
using PfsVpn.Noise;
using PfsVpn.Tests.Noise;

namespace PfsVpn.Tests.Lab;

/// <summary>What recorded handshakes give away to whoever has the permanent keys: who and when, and nothing of what was said.</summary>
public sealed class HandshakeAttackTests
{
    private static readonly byte[] PresharedKey = NoiseSide.Block(0x77);
    private static readonly byte[][] PrivateKeys = [NoiseSide.Block(0x11), NoiseSide.Block(0x22)];

    [Fact]
    public void The_permanent_keys_give_identity_and_timestamp_but_no_session_keys()
    {
        var session = Record(out _);
        using var attack = new HandshakeAttack(PrivateKeys, PresharedKey, []);
        var result = attack.Try(session);
        Assert.Equal(NoiseSide.PublicOf(PrivateKeys[0]), result.Identity);
        Assert.NotNull(result.Timestamp);
        Assert.Empty(result.Keys);
    }

    [Theory]
    [InlineData(0x31)]
    [InlineData(0x32)]
    public void An_ephemeral_private_key_of_either_side_gives_the_session_keys(byte ephemeral)
    {
        var session = Record(out var keys);
        using var attack = new HandshakeAttack(PrivateKeys, PresharedKey, [NoiseSide.Block(ephemeral)]);
        Assert.Equal(keys, attack.Try(session).Keys.Select(key => key.Key));
    }

    [Fact]
    public void Without_the_preshared_key_even_that_is_not_enough()
    {
        var session = Record(out _);
        using var attack = new HandshakeAttack(PrivateKeys, NoiseSide.Block(0x78), [NoiseSide.Block(0x31)]);
        Assert.Empty(attack.Try(session).Keys);
    }

    [Fact]
    public void Without_the_responders_key_nothing_is_read()
    {
        var session = Record(out _);
        using var attack = new HandshakeAttack([PrivateKeys[0], NoiseSide.Block(0x23)], PresharedKey, []);
        var result = attack.Try(session);
        Assert.Null(result.Identity);
        Assert.Null(result.Timestamp);
    }

    [Fact]
    public void Sessions_are_read_from_the_wire_by_their_indices()
    {
        var key = NoiseSide.Block(0x55);
        var sessions = RecordedSession.Read(
        [
            RecordedWire.Initiation(10, 0, 1), RecordedWire.Response(20, 10, 1, 1.1),
            RecordedWire.Data(key, 0, 60, receiver: 20, sender: 0, at: 2), RecordedWire.Data(key, 0, 60, receiver: 10, sender: 1, at: 3),
            RecordedWire.Initiation(11, 0, 4), RecordedWire.Initiation(12, 1, 5), RecordedWire.Response(13, 12, 0, 5.1),
            RecordedWire.Data(key, 0, 60, receiver: 13, sender: 1, at: 6), RecordedWire.Data(key, 1, 60, receiver: 20, sender: 0, at: 7),
            RecordedWire.Data(key, 0, 60, receiver: 99, sender: 0, at: 8),
        ]);
        Assert.Equal([0, 1], sessions.Select(session => session.Initiator));
        Assert.Equal([(2, 1), (0, 1)], sessions.Select(session => (session.Data[0].Count, session.Data[1].Count)));
    }

    [Fact]
    public void A_session_may_be_live_until_both_sides_have_received_on_the_next_for_five_seconds()
    {
        byte[] key = NoiseSide.Block(0x55);
        RecordedSession[] sessions = [RecordedWire.Session(key, key, at: 0), RecordedWire.Session(key, key, at: 100)];
        Assert.True(Live(sessions[0], 99));
        Assert.True(Live(sessions[0], 105));
        Assert.False(Live(sessions[0], 106.5));
        Assert.True(Live(sessions[1], 106.5));
        Assert.False(Live(sessions[1], 281.5));
        sessions[1].Data[1].Clear();
        Assert.True(Live(sessions[0], 106.5));
        Assert.False(Live(sessions[0], 181.5));
        bool Live(RecordedSession session, double at) => session.MayBeLive(sessions, RecordedWire.At(at), ProtocolConstants.RejectAfterTime);
    }

    /// <summary>A real handshake between two ends with known keys, as the wire shows it; and its session keys, the initiator's first.</summary>
    private static RecordedSession Record(out byte[][] keys)
    {
        var (initiator, responder) = NoiseSide.Pair(PresharedKey, PresharedKey);
        using (initiator)
        using (responder)
        {
            var initiation = initiator.Initiate(1);
            Assert.Equal(NoiseResult.Ok, responder.Accept(initiation));
            var response = responder.Respond(2);
            Assert.Equal(NoiseResult.Ok, initiator.Handshake.ConsumeResponse(response, initiator.Self));
            var (send, receive) = initiator.DeriveKeys();
            responder.DeriveKeys();
            keys = [send, receive];
            return new RecordedSession(new RecordedPacket(RecordedWire.At(0), 0, initiation), new RecordedPacket(RecordedWire.At(0), 1, response));
        }
    }
}
