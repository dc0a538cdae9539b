using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Noise;

/// <summary>Everything that must not become a session, and that it leaves nothing behind.</summary>
public sealed class HandshakeRefusalTests
{
    /// <summary>Points whose product with any clamped scalar is zero (the seven of small order that fit into 32 bytes, some in two encodings).</summary>
    public static TheoryData<string> SmallOrderPoints =>
    [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000080",
    ];

    [Fact]
    public void An_initiation_for_another_static_key_does_not_decrypt()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        using (var other = new NoiseSide(NoiseSide.Block(0x66), initiator.Self.PublicKey))
        {
            var initiation = initiator.Initiate(index: 1);
            Assert.False(other.Checker.CheckMac1(initiation));
            AssertUntouched(other, () => other.Consumer.ReadStatic(initiation, other.Self, out _), NoiseResult.Authentication);
        }
    }

    [Fact]
    public void An_initiation_by_one_who_only_knows_the_public_keys_does_not_pass_the_second_stage()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            // The forger has the initiator's public key but another private one: the static-static result is wrong.
            using var forger = new NoiseSide(NoiseSide.Block(0x66), responder.Self.PublicKey);
            Assert.True(forger.Remote.TryPrecompute(forger.Self));
            var initiation = forger.Initiate(index: 1);
            Assert.Equal(NoiseResult.Ok, responder.Consumer.ReadStatic(initiation, responder.Self, out var claimed));
            Assert.NotEqual(responder.Remote.PublicKey, claimed);
            responder.Consumer.Clear();

            using var forged = responder.Secret(NoiseSide.Block(0x01));
            responder.Remote.StaticStatic!.CopyFrom(forged);
            var genuine = initiator.Initiate(index: 2);
            AssertUntouched(responder, () => responder.Accept(genuine), NoiseResult.Authentication);
            Assert.Equal(default, responder.Handshake.History.GreatestReceived);
        }
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_wrong_pre_shared_key_is_suspected_and_the_initiation_stays_outstanding(bool initiatorHasOne, bool responderHasOne)
    {
        var (initiator, responder) = NoiseSide.Pair(initiatorHasOne ? NoiseSide.Block(1) : null, responderHasOne ? NoiseSide.Block(2) : null);
        using (initiator)
        using (responder)
        {
            var initiation = initiator.Initiate(index: 1);
            Assert.Equal(NoiseResult.Ok, responder.Accept(initiation));
            var response = responder.Respond(index: 2);
            AssertUntouched(initiator, () => initiator.Handshake.ConsumeResponse(response, initiator.Self), NoiseResult.PresharedKeySuspected);

            // It may have been forged: with the right key, a later response to the same initiation still counts.
            initiator.Remote.PresharedKey = responderHasOne ? initiator.Secret(NoiseSide.Block(2)) : null;
            Assert.Equal(NoiseResult.Ok, initiator.Handshake.ConsumeResponse(response, initiator.Self));
        }
    }

    [Fact]
    public void One_flipped_bit_anywhere_in_an_initiation_is_noticed()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            var initiation = initiator.Initiate(index: 1);
            ForEachFlippedBit(initiation, (altered, at) =>
            {
                Assert.Equal(at >= MessageSizes.Initiation - MessageSizes.Mac, responder.Checker.CheckMac1(altered));

                // Noise itself covers everything but the index and the MACs.
                if (at is >= 4 and < 8 or >= MessageSizes.Initiation - MessageSizes.Macs) return;
                AssertUntouched(responder, () => ConsumeWithoutMacs(responder, altered), at < 4 ? NoiseResult.Malformed : NoiseResult.Authentication);
            });
            Assert.Equal(NoiseResult.Ok, responder.Accept(initiation));
        }
    }

    [Fact]
    public void One_flipped_bit_anywhere_in_a_response_is_noticed()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            Assert.Equal(NoiseResult.Ok, responder.Accept(initiator.Initiate(index: 1)));
            var response = responder.Respond(index: 2);
            ForEachFlippedBit(response, (altered, at) =>
            {
                Assert.Equal(at >= MessageSizes.Response - MessageSizes.Mac, initiator.Checker.CheckMac1(altered));
                if (at is >= 4 and < 8 or >= MessageSizes.Response - MessageSizes.Macs) return;
                var expected = at < 4 ? NoiseResult.Malformed : at < 12 ? NoiseResult.UnknownState : NoiseResult.PresharedKeySuspected;
                AssertUntouched(initiator, () => initiator.Handshake.ConsumeResponse(altered, initiator.Self), expected);
            });
            Assert.Equal(NoiseResult.Ok, initiator.Handshake.ConsumeResponse(response, initiator.Self));
        }
    }

    [Fact]
    public void A_message_of_any_other_length_is_malformed()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            byte[] initiation = [.. initiator.Initiate(index: 1), .. new byte[52]];
            responder.Accept(initiation[..MessageSizes.Initiation]);
            byte[] response = [.. responder.Respond(index: 2), .. new byte[108]];
            for (var length = 0; length <= 200; length++)
            {
                var (first, second) = (initiation[..length], response[..length]);
                if (length != MessageSizes.Initiation)
                    AssertUntouched(responder, () => responder.Consumer.ReadStatic(first, responder.Self, out _), NoiseResult.Malformed);
                if (length != MessageSizes.Response)
                    AssertUntouched(initiator, () => initiator.Handshake.ConsumeResponse(second, initiator.Self), NoiseResult.Malformed);
                if (length is not (MessageSizes.Initiation or MessageSizes.Response)) Assert.False(responder.Checker.CheckMac1(first));
            }
        }
    }

    [Fact]
    public void A_timestamp_that_is_not_greater_is_a_replay_however_late()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            var now = new MonotonicTime(1_000_000_000);
            var older = initiator.Initiate(index: 1, wallSeconds: 1_700_000_000);
            var newer = initiator.Initiate(index: 2, wallSeconds: 1_700_000_100);
            Assert.Equal(NoiseResult.Ok, responder.Accept(newer, now));
            var later = now + TimeSpan.FromDays(400);
            AssertUntouched(responder, () => responder.Accept(newer, later), NoiseResult.Replay);
            AssertUntouched(responder, () => responder.Accept(older, later), NoiseResult.Replay);
            Assert.Equal(now, responder.Handshake.History.LastAccepted);
        }
    }

    [Fact]
    public void Initiations_closer_than_20_ms_are_a_flood_and_do_not_move_the_interval()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            var now = new MonotonicTime(5_000_000_000);
            Assert.Equal(NoiseResult.Ok, responder.Accept(initiator.Initiate(index: 1), now));
            var greatest = responder.Handshake.History.GreatestReceived;

            var second = initiator.Initiate(index: 2);
            AssertUntouched(responder, () => responder.Accept(second, new MonotonicTime(5_019_999_999)), NoiseResult.Flood);
            Assert.Equal(greatest, responder.Handshake.History.GreatestReceived);
            Assert.Equal(NoiseResult.Ok, responder.Accept(second, new MonotonicTime(5_020_000_000)));
        }
    }

    [Fact]
    public void A_refused_initiation_leaves_an_outstanding_one_of_our_own_alone()
    {
        var (a, b) = NoiseSide.Pair();
        using (a)
        using (b)
        {
            var old = b.Initiate(index: 1, wallSeconds: 1_700_000_000);
            Assert.Equal(NoiseResult.Ok, a.Accept(b.Initiate(index: 2, wallSeconds: 1_700_000_010), new MonotonicTime(1)));
            var ours = a.Initiate(index: 3);
            AssertUntouched(a, () => a.Accept(old, new MonotonicTime(10_000_000_000)), NoiseResult.Replay);
            Assert.Equal(NoiseResult.Ok, b.Accept(ours));
            Assert.Equal(NoiseResult.Ok, a.Handshake.ConsumeResponse(b.Respond(index: 4), a.Self));
        }
    }

    [Theory]
    [MemberData(nameof(SmallOrderPoints))]
    public void An_ephemeral_key_of_small_order_is_refused(string point)
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            var initiation = initiator.Initiate(index: 1);
            var weak = initiation.ToArray();
            Convert.FromHexString(point).CopyTo(weak.AsSpan(MessageLayout.InitiationEphemeral));
            initiator.Jar.AddMacs(weak, default);
            AssertUntouched(responder, () => responder.Accept(weak), NoiseResult.WeakKey);

            Assert.Equal(NoiseResult.Ok, responder.Accept(initiation));
            var response = responder.Respond(index: 2);
            Convert.FromHexString(point).CopyTo(response.AsSpan(MessageLayout.ResponseEphemeral));
            AssertUntouched(initiator, () => initiator.Handshake.ConsumeResponse(response, initiator.Self), NoiseResult.WeakKey);
        }
    }

    [Theory]
    [MemberData(nameof(SmallOrderPoints))]
    public void A_static_key_of_small_order_makes_no_handshake(string point)
    {
        using var side = new NoiseSide(NoiseSide.Block(0x11), new PublicKey(Convert.FromHexString(point)));
        var (slots, live) = (side.Arena.SlotsInUse, side.LiveSecrets);
        Assert.False(side.Remote.TryPrecompute(side.Self));
        Assert.False(side.Remote.HasStaticStatic);

        var message = NoiseSide.Block(0xEE).Concat(new byte[116]).ToArray();
        Assert.False(side.Handshake.TryCreateInitiation(message, side.Self, 1, default, side.Random));
        Assert.Equal(new byte[MessageSizes.Initiation], message);
        Assert.Equal(HandshakeState.None, side.Handshake.State);
        Assert.Equal((slots, live), (side.Arena.SlotsInUse, side.LiveSecrets));
    }

    [Fact]
    public void Without_the_static_static_result_there_is_no_handshake()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            var initiation = initiator.Initiate(index: 1);
            responder.Remote.ForgetStaticStatic();
            AssertUntouched(responder, () => responder.Accept(initiation), NoiseResult.WeakKey);
            Assert.True(responder.Remote.TryPrecompute(responder.Self));
            Assert.Equal(NoiseResult.Ok, responder.Accept(initiation));
        }
    }

    [Fact]
    public void What_is_dropped_allocates_nothing()
    {
        var (initiator, responder) = NoiseSide.Pair(NoiseSide.Block(1), NoiseSide.Block(2));
        using (initiator)
        using (responder)
        {
            var initiation = initiator.Initiate(index: 1);
            Assert.Equal(NoiseResult.Ok, responder.Accept(initiation));
            var response = responder.Respond(index: 2);
            var altered = initiation.ToArray();
            altered[60] ^= 1;
            Allocations.AssertNone(() =>
            {
                responder.Checker.CheckMac1(altered);
                responder.Consumer.ReadStatic(altered, responder.Self, out _);
                responder.Consumer.ReadStatic(initiation, responder.Self, out _);
                responder.Consumer.Finish(responder.Handshake, default);
                responder.Consumer.ReadStatic(altered.AsSpan(0, 20), responder.Self, out _);
                initiator.Handshake.ConsumeResponse(response, initiator.Self);
                initiator.Jar.ConsumeReply(altered.AsSpan(0, MessageSizes.CookieReply), default);
            });
        }
    }

    private static NoiseResult ConsumeWithoutMacs(NoiseSide side, byte[] initiation)
    {
        var result = side.Consumer.ReadStatic(initiation, side.Self, out _);
        return result == NoiseResult.Ok ? side.Consumer.Finish(side.Handshake, default) : result;
    }

    private static void ForEachFlippedBit(byte[] message, Action<byte[], int> check)
    {
        for (var at = 0; at < message.Length; at++)
        {
            var altered = message.ToArray();
            altered[at] ^= (byte)(1 << (at % 8));
            check(altered, at);
        }
    }

    /// <summary>The operation ends as expected, and the handshake, the number of slots and every byte of the arena are as they were.</summary>
    private static void AssertUntouched(NoiseSide side, Func<NoiseResult> operation, NoiseResult expected)
    {
        var before = Picture(side);
        Assert.Equal(expected, operation());
        Assert.Equal(before, Picture(side));
    }

    private static unsafe string Picture(NoiseSide side)
    {
        using var hash = System.Security.Cryptography.IncrementalHash.CreateHash(System.Security.Cryptography.HashAlgorithmName.SHA256);
        foreach (var (address, length) in side.Arena.Extents) hash.AppendData(new ReadOnlySpan<byte>((byte*)address, length));
        var (handshake, history) = (side.Handshake, side.Handshake.History);
        return $"{handshake.State} {handshake.LocalIndex} {handshake.RemoteIndex} {history.GreatestReceived} {history.LastAccepted} {history.LastSent} "
            + $"{side.Arena.SlotsInUse} {side.LiveSecrets} {Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }
}
