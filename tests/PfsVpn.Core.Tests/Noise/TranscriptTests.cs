using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Noise;

/// <summary>Every value of a handshake against those of another implementation.</summary>
public sealed class TranscriptTests
{
    public static TheoryData<int> Transcripts => [.. Enumerable.Range(0, Transcript.Load().Count)];

    [Fact]
    public void There_is_a_transcript_with_a_pre_shared_key_and_one_without()
    {
        var all = Transcript.Load();
        Assert.Contains(all, static transcript => transcript.PresharedKey.All(static octet => octet == 0));
        Assert.Contains(all, static transcript => transcript.PresharedKey.Any(static octet => octet != 0));
    }

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void The_static_keys_give_the_starting_values(int number)
    {
        var expected = Transcript.Load()[number];
        using var responder = expected.Responder();

        Assert.Equal(new PublicKey(expected.ResponderPublic), responder.Self.PublicKey);
        Assert.Equal(expected.InitialHash, responder.Self.InitialHash.ToArray());
        Assert.True(responder.Remote.TryPrecompute(responder.Self));
        Assert.Equal(expected.StaticStatic, responder.Remote.StaticStatic!.Bytes.ToArray());

        using var state = new SymmetricState(responder.Arena);
        state.Start(responder.Self.InitialHash);
        Assert.Equal(expected.InitialChainingKey, state.ChainingKey.Bytes.ToArray());
    }

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void The_initiator_makes_every_value_of_the_transcript(int number)
    {
        var expected = Transcript.Load()[number];
        using var initiator = expected.Initiator();
        Assert.True(initiator.Remote.TryPrecompute(initiator.Self));

        var wall = TimeSpan.FromSeconds(expected.UnixSeconds) + TimeSpan.FromTicks(expected.UnixNanoseconds / 100);
        var timestamp = Tai64n.FromUnix(wall);
        var bytes = new byte[Tai64n.SizeInBytes];
        timestamp.Write(bytes);
        Assert.Equal(expected.Timestamp, bytes);

        var message = new byte[MessageSizes.Initiation];
        Assert.True(initiator.Handshake.TryCreateInitiation(message, initiator.Self, expected.InitiatorIndex, timestamp, initiator.Random));
        initiator.Jar.AddMacs(message, default);
        Assert.Equal(expected.Initiation, message);
        AssertHolds(initiator, expected.InitiationChainingKey, expected.InitiationHash);

        Assert.Equal(NoiseResult.Ok, initiator.Handshake.ConsumeResponse(expected.Response, initiator.Self));
        Assert.Equal(expected.ResponderIndex, initiator.Handshake.RemoteIndex);
        AssertHolds(initiator, expected.ResponseChainingKey, hash: null);
        Assert.Equal((expected.T1, expected.T2), initiator.DeriveKeys(), KeysEqual);
    }

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void The_responder_makes_every_value_of_the_transcript(int number)
    {
        var expected = Transcript.Load()[number];
        using var responder = expected.Responder();
        Assert.True(responder.Remote.TryPrecompute(responder.Self));

        Assert.Equal(NoiseResult.Ok, responder.Accept(expected.Initiation));
        Assert.Equal(expected.InitiatorIndex, responder.Handshake.RemoteIndex);
        Assert.Equal(Tai64n.Read(expected.Timestamp), responder.Handshake.History.GreatestReceived);
        AssertHolds(responder, expected.InitiationChainingKey, expected.InitiationHash);

        Assert.Equal(expected.Response, responder.Respond(expected.ResponderIndex));
        AssertHolds(responder, expected.ResponseChainingKey, hash: null);
        Assert.Equal((expected.T2, expected.T1), responder.DeriveKeys(), KeysEqual);
    }

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void The_hash_after_a_response_is_that_of_the_transcript(int number)
    {
        var expected = Transcript.Load()[number];
        using var responder = expected.Responder();
        using var state = new SymmetricState(responder.Arena);
        using var chainingKey = responder.Secret(expected.InitiationChainingKey);
        using var hash = responder.Secret(expected.InitiationHash);
        using var ephemeral = responder.Secret(expected.ResponderEphemeralPrivate);

        state.Resume(chainingKey, hash);
        state.MixEphemeral(expected.Response.AsSpan(MessageLayout.ResponseEphemeral));
        Assert.True(state.TryMixSharedSecret(ephemeral, new PublicKey(expected.Initiation.AsSpan(MessageLayout.InitiationEphemeral))));
        Assert.True(state.TryMixSharedSecret(ephemeral, new PublicKey(expected.InitiatorPublic)));
        state.MixPresharedKey(responder.Remote.PresharedKey);
        Assert.True(state.TryOpenAndHash([], expected.Response.AsSpan(MessageLayout.ResponseEmpty)));
        Assert.Equal(expected.ResponseHash, state.Hash.Bytes.ToArray());
        Assert.Equal(expected.ResponseChainingKey, state.ChainingKey.Bytes.ToArray());
    }

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void Cookies_and_mac2_are_those_of_the_transcript(int number)
    {
        var expected = Transcript.Load()[number];
        using var initiator = expected.Initiator();
        using var responder = expected.Responder();
        Assert.True(IpAddress.TryParse(expected.SourceAddress, out var address));
        var source = new EndpointAddress(address, expected.SourcePort);
        var now = new MonotonicTime(1_000_000_000);

        var message = expected.Initiation.ToArray();
        initiator.Jar.AddMacs(message, now);
        Assert.Equal(expected.Initiation, message);

        var reply = new byte[MessageSizes.CookieReply];
        Assert.True(responder.Checker.CheckMac1(message));
        Assert.True(responder.Checker.TryCreateReply(message, reply, source, now, new ScriptedRandom(expected.CookieSecret, expected.CookieNonce)));
        Assert.Equal(expected.CookieReply, reply);

        Assert.True(initiator.Jar.ConsumeReply(reply, now));
        initiator.Jar.AddMacs(message, now);
        Assert.Equal(expected.InitiationWithMac2, message);
        Assert.True(responder.Checker.CheckMac2(message, source, now));
    }

    private static void AssertHolds(NoiseSide side, byte[] chainingKey, byte[]? hash)
    {
        var slots = side.Handshake.Slots!;
        Assert.Equal(chainingKey, slots.ChainingKey!.Bytes.ToArray());
        if (hash is null) Assert.Null(slots.Hash);
        else Assert.Equal(hash, slots.Hash!.Bytes.ToArray());
    }

    private static bool KeysEqual((byte[] First, byte[] Second) left, (byte[] First, byte[] Second) right) =>
        left.First.SequenceEqual(right.First) && left.Second.SequenceEqual(right.Second);
}
