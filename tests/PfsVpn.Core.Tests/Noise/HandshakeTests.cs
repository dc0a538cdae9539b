using PfsVpn.Noise;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Noise;

/// <summary>Two ends that shake hands, as told in §5.4 of the paper.</summary>
public sealed class HandshakeTests
{
    private static readonly byte[] Psk = NoiseSide.Block(0x77);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Both_ends_derive_the_same_keys_the_right_way_round(bool withPresharedKey)
    {
        var psk = withPresharedKey ? Psk : null;
        var (initiator, responder) = NoiseSide.Pair(psk, psk);
        using (initiator)
        using (responder)
        {
            var initiation = initiator.Initiate(index: 7);
            Assert.Equal(HandshakeState.InitiationSent, initiator.Handshake.State);
            Assert.Equal(7u, initiator.Handshake.LocalIndex);

            Assert.Equal(NoiseResult.Ok, responder.Accept(initiation));
            Assert.Equal(HandshakeState.InitiationConsumed, responder.Handshake.State);
            var response = responder.Respond(index: 9);
            Assert.Equal(HandshakeState.ResponseCreated, responder.Handshake.State);

            Assert.True(initiator.Checker.CheckMac1(response));
            Assert.Equal(NoiseResult.Ok, initiator.Handshake.ConsumeResponse(response, initiator.Self));
            Assert.Equal(HandshakeState.ResponseConsumed, initiator.Handshake.State);

            var theirs = responder.DeriveKeys();
            var ours = initiator.DeriveKeys();
            Assert.Equal(ours.Send, theirs.Receive);
            Assert.Equal(ours.Receive, theirs.Send);
            Assert.NotEqual(ours.Send, ours.Receive);
            Assert.Equal((7u, 9u), (initiator.Handshake.LocalIndex, initiator.Handshake.RemoteIndex));
            Assert.Equal((9u, 7u), (responder.Handshake.LocalIndex, responder.Handshake.RemoteIndex));
        }
    }

    [Fact]
    public void Roles_can_change_from_one_handshake_to_the_next()
    {
        var (a, b) = NoiseSide.Pair(Psk, Psk);
        using (a)
        using (b)
        {
            Complete(a, b, index: 1, new MonotonicTime(1));
            Complete(b, a, index: 3, new MonotonicTime(2));
            Complete(a, b, index: 5, new MonotonicTime(1_000_000_000));
        }
    }

    [Fact]
    public void An_all_zero_pre_shared_key_is_none_and_its_slot_is_given_back()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            var slots = responder.Arena.SlotsInUse;
            responder.Remote.PresharedKey = responder.Secret(new byte[32]);
            Assert.Null(responder.Remote.PresharedKey);
            Assert.Equal(slots, responder.Arena.SlotsInUse);
            Complete(initiator, responder, index: 1, default);
        }
    }

    [Fact]
    public void Replacing_a_pre_shared_key_erases_the_one_before()
    {
        using var side = new NoiseSide(NoiseSide.Block(1), NoiseSide.PublicOf(NoiseSide.Block(2)), Psk);
        var (slots, live) = (side.Arena.SlotsInUse, side.LiveSecrets);
        var before = side.Remote.PresharedKey!;

        side.Remote.PresharedKey = side.Secret(NoiseSide.Block(0x78));

        Assert.True(before.IsDisposed);
        Assert.Equal(slots, side.Arena.SlotsInUse);
        Assert.Equal(live, side.LiveSecrets);
        side.Remote.PresharedKey = side.Remote.PresharedKey;
        Assert.False(side.Remote.PresharedKey!.IsDisposed);
        side.Remote.PresharedKey = null;
        Assert.Equal(live - 1, side.LiveSecrets);
    }

    [Fact]
    public void Crossed_initiations_destroy_both_outstanding_ones_and_both_responses_fail()
    {
        var (a, b) = NoiseSide.Pair();
        using (a)
        using (b)
        {
            var fromA = a.Initiate(index: 1);
            var fromB = b.Initiate(index: 2);
            Assert.Equal(NoiseResult.Ok, a.Accept(fromB));
            Assert.Equal(NoiseResult.Ok, b.Accept(fromA));
            Assert.Equal(0u, a.Handshake.LocalIndex);
            var responseOfA = a.Respond(index: 3);
            var responseOfB = b.Respond(index: 4);
            Assert.Equal(NoiseResult.UnknownState, a.Handshake.ConsumeResponse(responseOfB, a.Self));
            Assert.Equal(NoiseResult.UnknownState, b.Handshake.ConsumeResponse(responseOfA, b.Self));
            Assert.NotEqual(a.DeriveKeys(), b.DeriveKeys());
        }
    }

    [Fact]
    public void A_retransmission_has_a_new_ephemeral_key_and_only_its_own_response_counts()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            var first = initiator.Initiate(index: 1);
            Assert.Equal(NoiseResult.Ok, responder.Accept(first, new MonotonicTime(1)));
            var late = responder.Respond(index: 10);
            var second = initiator.Initiate(index: 2, wallSeconds: 1_700_000_005);
            Assert.NotEqual(first.AsSpan(8, 32).ToArray(), second.AsSpan(8, 32).ToArray());
            Assert.Equal(NoiseResult.UnknownState, initiator.Handshake.ConsumeResponse(late, initiator.Self));

            Assert.Equal(NoiseResult.Ok, responder.Accept(second, new MonotonicTime(5_000_000_000)));
            var response = responder.Respond(index: 11);
            Assert.Equal(NoiseResult.Ok, initiator.Handshake.ConsumeResponse(response, initiator.Self));
        }
    }

    [Fact]
    public void A_response_is_consumed_once()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            Assert.Equal(NoiseResult.Ok, responder.Accept(initiator.Initiate(index: 1)));
            var response = responder.Respond(index: 2);
            Assert.Equal(NoiseResult.Ok, initiator.Handshake.ConsumeResponse(response, initiator.Self));
            Assert.Equal(NoiseResult.UnknownState, initiator.Handshake.ConsumeResponse(response, initiator.Self));
            initiator.DeriveKeys();
            Assert.Equal(NoiseResult.UnknownState, initiator.Handshake.ConsumeResponse(response, initiator.Self));
        }
    }

    [Fact]
    public void Secrets_exist_only_as_long_as_the_handshake_needs_them()
    {
        var (initiator, responder) = NoiseSide.Pair(Psk, Psk);
        using (initiator)
        using (responder)
        {
            var idle = (initiator.Arena.SlotsInUse, initiator.LiveSecrets);
            Assert.Equal(idle, (responder.Arena.SlotsInUse, responder.LiveSecrets));

            // Initiator: Epriv, C and H; responder: C and H, then C alone.
            var initiation = initiator.Initiate(index: 1);
            AssertHolds(initiator, idle, 3);
            responder.Accept(initiation);
            AssertHolds(responder, idle, 2);
            var response = responder.Respond(index: 2);
            AssertHolds(responder, idle, 1);
            initiator.Handshake.ConsumeResponse(response, initiator.Self);
            AssertHolds(initiator, idle, 1);

            initiator.DeriveKeys();
            responder.DeriveKeys();
            AssertHolds(initiator, idle, 0);
            AssertHolds(responder, idle, 0);
            Assert.Null(initiator.Handshake.Slots);
            Assert.Equal(HandshakeState.None, initiator.Handshake.State);
        }
    }

    [Fact]
    public void Clearing_erases_every_state_and_keeps_the_history()
    {
        var (initiator, responder) = NoiseSide.Pair();
        using (initiator)
        using (responder)
        {
            var idle = (initiator.Arena.SlotsInUse, initiator.LiveSecrets);
            var initiation = initiator.Initiate(index: 1);
            initiator.Handshake.Clear();
            AssertHolds(initiator, idle, 0);
            Assert.Equal(HandshakeState.None, initiator.Handshake.State);
            Assert.NotEqual(default, initiator.Handshake.History.LastSent);

            var now = new MonotonicTime(1_000_000_000);
            Assert.Equal(NoiseResult.Ok, responder.Accept(initiation, now));
            responder.Handshake.Clear();
            AssertHolds(responder, idle, 0);
            Assert.Equal(now, responder.Handshake.History.LastAccepted);
            Assert.Equal(NoiseResult.Replay, responder.Accept(initiation, now + TimeSpan.FromDays(1)));
        }
    }

    [Fact]
    public void Steps_out_of_order_are_programmer_errors()
    {
        var (side, other) = NoiseSide.Pair();
        using (side)
        using (other)
        {
            Assert.Throws<InvalidOperationException>(() => side.Respond(index: 1));
            Assert.Throws<InvalidOperationException>(() => side.DeriveKeys());
            Assert.Throws<InvalidOperationException>(() => side.Consumer.Finish(side.Handshake, default));
            var initiation = side.Initiate(index: 1);
            Assert.Throws<InvalidOperationException>(() => side.DeriveKeys());

            using var stranger = new RemoteIdentity(other.Arena, NoiseSide.PublicOf(NoiseSide.Block(0x55)));
            using var handshake = new Handshake(other.Arena, stranger, other.Scratch);
            var live = other.LiveSecrets;
            Assert.Equal(NoiseResult.Ok, other.Consumer.ReadStatic(initiation, other.Self, out _));
            Assert.Throws<ArgumentException>(() => other.Consumer.Finish(handshake, default));
            Assert.Equal(live, other.LiveSecrets);
        }
    }

    [Fact]
    public void A_private_key_is_clamped_when_it_is_taken_over()
    {
        using var side = new NoiseSide(NoiseSide.Block(0xFF), NoiseSide.PublicOf(NoiseSide.Block(2)));
        var scalar = side.Self.PrivateKey.Bytes;
        Assert.Equal(0xF8, scalar[0]);
        Assert.Equal(0x7F, scalar[31]);
    }

    private static void AssertHolds(NoiseSide side, (int Slots, int Live) idle, int more) =>
        Assert.Equal((idle.Slots + more, idle.Live + more), (side.Arena.SlotsInUse, side.LiveSecrets));

    private static void Complete(NoiseSide initiator, NoiseSide responder, uint index, MonotonicTime now)
    {
        Assert.Equal(NoiseResult.Ok, responder.Accept(initiator.Initiate(index), now));
        var response = responder.Respond(index + 1);
        Assert.Equal(NoiseResult.Ok, initiator.Handshake.ConsumeResponse(response, initiator.Self));
        var (send, receive) = initiator.DeriveKeys();
        var theirs = responder.DeriveKeys();
        Assert.Equal(send, theirs.Receive);
        Assert.Equal(receive, theirs.Send);
    }
}
