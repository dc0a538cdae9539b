using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Noise;

/// <summary>mac1, mac2 and cookie replies between two ends.</summary>
public sealed class CookieTests : IDisposable
{
    private static readonly MonotonicTime Start = new(10_000_000_000);
    private static readonly EndpointAddress Source = new(new IpAddress(0xC0000211), 51820);

    private readonly NoiseSide _initiator;
    private readonly NoiseSide _responder;

    public CookieTests() => (_initiator, _responder) = NoiseSide.Pair();

    public void Dispose()
    {
        _initiator.Dispose();
        _responder.Dispose();
    }

    [Fact]
    public void Without_a_cookie_mac2_is_zero_and_not_valid()
    {
        var message = _initiator.Initiate(index: 1, now: Start);
        Assert.Equal(new byte[16], message[^16..]);
        Assert.False(_responder.Checker.CheckMac2(message, Source, Start));
        Reply(message, Start);
        Assert.False(_responder.Checker.CheckMac2(message, Source, Start));
    }

    [Fact]
    public void A_cookie_makes_mac2_valid_for_initiations_and_responses_alike()
    {
        var message = _initiator.Initiate(index: 0x01020304, now: Start);
        var reply = Reply(message, Start);
        Assert.Equal(MessageType.CookieReply, MessageCodec.ReadType(reply));
        Assert.Equal(0x01020304u, MessageCodec.ReadCookieReplyReceiver(reply));
        Assert.True(_initiator.Jar.ConsumeReply(reply, Start));

        Assert.True(_responder.Checker.CheckMac2(_initiator.Initiate(index: 2, now: Start), Source, Start));
        var response = new byte[MessageSizes.Response];
        _initiator.Jar.AddMacs(response, Start);
        Assert.True(_responder.Checker.CheckMac1(response));
        Assert.True(_responder.Checker.CheckMac2(response, Source, Start));
        response[^1] ^= 0x80;
        Assert.False(_responder.Checker.CheckMac2(response, Source, Start));
    }

    [Fact]
    public void A_cookie_is_bound_to_the_address_and_the_port()
    {
        Assert.True(_initiator.Jar.ConsumeReply(Reply(_initiator.Initiate(index: 1, now: Start), Start), Start));
        var message = _initiator.Initiate(index: 2, now: Start);
        Assert.True(_responder.Checker.CheckMac2(message, Source, Start));
        Assert.False(_responder.Checker.CheckMac2(message, Source with { Port = 51821 }, Start));
        Assert.False(_responder.Checker.CheckMac2(message, Source with { Address = new IpAddress(0xC0000212) }, Start));
        Assert.False(_responder.Checker.CheckMac2(message, Source with { Address = new IpAddress(0, 0xC0000211) }, Start));
    }

    [Fact]
    public void A_cookie_is_used_for_115_seconds_and_then_wiped()
    {
        var idle = (_initiator.Arena.SlotsInUse, _initiator.LiveSecrets);
        var message = new byte[MessageSizes.Initiation];
        _initiator.Jar.AddMacs(message, Start);
        Assert.Null(_initiator.Jar.NextDeadline);
        Assert.True(_initiator.Jar.ConsumeReply(Reply(message, Start), Start));
        var end = Start + TimeSpan.FromSeconds(115);
        Assert.Equal(end, _initiator.Jar.NextDeadline);
        Assert.Equal((idle.SlotsInUse + 1, idle.LiveSecrets + 1), (_initiator.Arena.SlotsInUse, _initiator.LiveSecrets));

        var last = new MonotonicTime(end.Nanoseconds - 1);
        _initiator.Jar.EraseExpired(last);
        _initiator.Jar.AddMacs(message, last);
        Assert.True(_responder.Checker.CheckMac2(message, Source, last));

        // Whoever forgets to call EraseExpired does not use it either.
        _initiator.Jar.AddMacs(message, end);
        Assert.Equal(new byte[16], message[^16..]);
        Assert.Null(_initiator.Jar.NextDeadline);
        Assert.Equal(idle, (_initiator.Arena.SlotsInUse, _initiator.LiveSecrets));
    }

    [Fact]
    public void The_secret_behind_the_cookies_lives_120_seconds_and_the_one_before_is_not_accepted()
    {
        var live = _responder.LiveSecrets;
        Assert.Null(_responder.Checker.NextDeadline);
        var message = _initiator.Initiate(index: 1, now: Start);
        Assert.True(_initiator.Jar.ConsumeReply(Reply(message, Start), Start));
        var end = Start + TimeSpan.FromSeconds(120);
        Assert.Equal(end, _responder.Checker.NextDeadline);
        Assert.Equal(live + 1, _responder.LiveSecrets);

        _initiator.Jar.AddMacs(message, Start);
        Assert.True(_responder.Checker.CheckMac2(message, Source, new MonotonicTime(end.Nanoseconds - 1)));
        _responder.Checker.EraseExpired(new MonotonicTime(end.Nanoseconds - 1));
        Assert.Equal(live + 1, _responder.LiveSecrets);
        _responder.Checker.EraseExpired(end);
        Assert.Equal(live, _responder.LiveSecrets);
        Assert.Null(_responder.Checker.NextDeadline);
        Assert.False(_responder.Checker.CheckMac2(message, Source, end));

        Reply(message, end);
        Assert.Equal(end + TimeSpan.FromSeconds(120), _responder.Checker.NextDeadline);
        Assert.False(_responder.Checker.CheckMac2(message, Source, end));
    }

    [Fact]
    public void An_expired_secret_is_not_used_even_where_nobody_erased_it()
    {
        var message = _initiator.Initiate(index: 1, now: Start);
        Assert.True(_initiator.Jar.ConsumeReply(Reply(message, Start), Start));
        _initiator.Jar.AddMacs(message, Start);
        var live = _responder.LiveSecrets;
        Assert.False(_responder.Checker.CheckMac2(message, Source, Start + TimeSpan.FromSeconds(120)));
        Assert.Equal(live - 1, _responder.LiveSecrets);
    }

    [Fact]
    public void A_reply_counts_once_and_only_for_the_last_message_sent()
    {
        var first = _initiator.Initiate(index: 1, now: Start);
        var second = _initiator.Initiate(index: 2, now: Start);
        Assert.False(_initiator.Jar.ConsumeReply(Reply(first, Start), Start));
        var reply = Reply(second, Start);
        Assert.True(_initiator.Jar.ConsumeReply(reply, Start));
        Assert.False(_initiator.Jar.ConsumeReply(reply, Start));
        Assert.False(_initiator.Jar.ConsumeReply(Reply(second, Start), Start));

        // The next message may be answered again.
        var third = _initiator.Initiate(index: 3, now: Start);
        Assert.True(_initiator.Jar.ConsumeReply(Reply(third, Start), Start));
    }

    [Fact]
    public void An_unsolicited_or_altered_reply_changes_nothing()
    {
        var before = (_initiator.Arena.SlotsInUse, _initiator.LiveSecrets);
        var reply = Reply(_responder.Initiate(index: 1, now: Start), Start);
        Assert.False(_initiator.Jar.ConsumeReply(reply, Start));

        var message = new byte[MessageSizes.Initiation];
        _initiator.Jar.AddMacs(message, Start);
        reply = Reply(message, Start);
        for (var at = 0; at < reply.Length; at++)
        {
            // The receiver's index is not covered: it is what the jar was found by.
            if (at is >= 4 and < 8) continue;
            var altered = reply.ToArray();
            altered[at] ^= (byte)(1 << (at % 8));
            Assert.False(_initiator.Jar.ConsumeReply(altered, Start));
        }
        for (var length = 0; length <= 200; length++)
            if (length != reply.Length) Assert.False(_initiator.Jar.ConsumeReply([.. reply.Concat(new byte[136]).Take(length)], Start));
        Assert.Equal(before, (_initiator.Arena.SlotsInUse, _initiator.LiveSecrets));
        Assert.True(_initiator.Jar.ConsumeReply(reply, Start));
    }

    [Fact]
    public void A_reply_of_somebody_else_is_refused()
    {
        using var other = new NoiseSide(NoiseSide.Block(0x66), _initiator.Self.PublicKey);
        var message = _initiator.Initiate(index: 1, now: Start);
        var reply = new byte[MessageSizes.CookieReply];
        Assert.True(other.Checker.TryCreateReply(message, reply, Source, Start, other.Random));
        Assert.False(_initiator.Jar.ConsumeReply(reply, Start));
    }

    [Fact]
    public void Clearing_the_jar_wipes_the_cookie_and_forgets_what_was_sent()
    {
        var idle = _initiator.Arena.SlotsInUse;
        var message = new byte[MessageSizes.Initiation];
        _initiator.Jar.AddMacs(message, Start);
        var reply = Reply(message, Start);
        Assert.True(_initiator.Jar.ConsumeReply(reply, Start));
        _initiator.Jar.AddMacs(message, Start);
        _initiator.Jar.Clear();
        Assert.Equal(idle, _initiator.Arena.SlotsInUse);
        Assert.False(_initiator.Jar.ConsumeReply(Reply(message, Start), Start));
    }

    [Fact]
    public void A_single_wrong_bit_makes_mac1_wrong()
    {
        var message = _initiator.Initiate(index: 1, now: Start);
        Assert.True(_responder.Checker.CheckMac1(message));
        Assert.False(_initiator.Checker.CheckMac1(message));
        for (var bit = 0; bit < (MessageSizes.Initiation - MessageSizes.Mac) * 8; bit++)
        {
            message[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(_responder.Checker.CheckMac1(message));
            message[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_disposed_checker_makes_no_reply_and_accepts_no_mac2()
    {
        var message = _initiator.Initiate(index: 1, now: Start);
        using var checker = new CookieChecker(_responder.Arena, _responder.Self.PublicKey);
        var reply = new byte[MessageSizes.CookieReply];
        Assert.True(checker.TryCreateReply(message, reply, Source, Start, _responder.Random));
        Assert.True(_initiator.Jar.ConsumeReply(reply, Start));
        _initiator.Jar.AddMacs(message, Start);
        Assert.True(checker.CheckMac2(message, Source, Start));

        checker.Dispose();
        Assert.False(checker.CheckMac2(message, Source, Start));
        Assert.False(checker.TryCreateReply(message, reply, Source, Start, _responder.Random));
        checker.EraseExpired(Start);
        Assert.Null(checker.NextDeadline);
    }

    private byte[] Reply(byte[] message, MonotonicTime now)
    {
        var reply = new byte[MessageSizes.CookieReply];
        Assert.True(_responder.Checker.TryCreateReply(message, reply, Source, now, _responder.Random));
        return reply;
    }
}
