using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>
/// What a pump does with a handshake message before the control thread sees it: length, mac1, and under load mac2, the cookie reply and the token bucket.
/// </summary>
/// <remarks>
/// References: WireGuard paper §5.3, §5.4.7. A message whose sender does not know our public key never reaches the queue.
/// Spec deviation: beside the load of the device there is one of each source. A source that sends more initiations than any honest one needs cookies while others
/// do not, so that a flood from one address does not cost a newcomer the five seconds until the initiation that carries its cookie.
/// Threading: one instance for each pump; the checker, the limiter and the queues are shared and thread-safe.
/// </remarks>
internal sealed class HandshakeScreen(WireGuardDevice device)
{
    /// <summary>Cookie replies a second that one pump sends at most: a cookie reply costs less than the message that asked for it, but not nothing.</summary>
    private const int CookieRepliesPerSecond = 5_000;

    /// <summary>Cookie replies to one source at once; another each second. An honest one needs a single reply, which a crowd of others must not use up.</summary>
    internal const int CookieRepliesPerSource = 2;

    /// <summary>Initiations a second that one source may send without a cookie while the device is not under load.</summary>
    internal const int AllowancePerSecond = 50;

    /// <summary>Sources whose allowance is counted at once.</summary>
    internal const int AllowanceSources = 8192;

    private readonly byte[] _reply = new byte[MessageSizes.CookieReply];
    private readonly Endpoint _replyTo = new(default);
    private long _budgetSecond;
    private int _budgetUsed;

    /// <summary>Queues a handshake message, or drops it with a reason. The length is that of its type already.</summary>
    public void Screen(ReadOnlySpan<byte> message, MessageType type, in DatagramSource source, MonotonicTime now, IRandomSource random, IDatagramSink sink)
    {
        if (Examine(message, type, source, now, random, sink) is { } reason) device.Drops.Add(reason);
    }

    private DropReason? Examine(ReadOnlySpan<byte> message, MessageType type, in DatagramSource source, MonotonicTime now, IRandomSource random, IDatagramSink sink)
    {
        var queue = device.Initiations;
        if (type != MessageType.Initiation)
        {
            var receiver = type == MessageType.Response ? MessageCodec.ReadResponseReceiver(message) : MessageCodec.ReadCookieReplyReceiver(message);
            if (device.Indices.Find(receiver) is not { } entry || (type == MessageType.Response && entry.Keypair is not null)) return DropReason.UnknownHandshake;
            queue = device.Replies;
        }
        if (type != MessageType.CookieReply)
        {
            var hasMac2 = MessageCodec.HasMac2(message);
            var isUnderLoad = device.Initiations.IsUnderLoad(now);
            // In this order, the cheapest first: one more initiation of a flood costs a look at a budget or a bucket, not a hash.
            if (type == MessageType.Initiation && !hasMac2 && IsHopeless(isUnderLoad, source, now)) return DropReason.RateLimited;
            if (device.CookieChecker is not { } checker || !checker.CheckMac1(message)) return DropReason.WrongMac1;
            var isModest = type != MessageType.Initiation || device.SourceAllowance.Allow(source.Remote.Address, now);
            if (isUnderLoad || !isModest)
            {
                // While a flood from many sources goes on, so does the load. One source alone cannot make it.
                if (isUnderLoad && isModest && !hasMac2) device.Initiations.NoteUseless(now);
                if (!hasMac2 || !checker.CheckMac2(message, source.Remote, now)) return DemandCookie(checker, message, source, now, random, sink);
                if (!device.Limiter.Allow(source.Remote.Address, now)) return DropReason.RateLimited;
            }
        }
        if (!queue.TryEnqueue(message, source)) return DropReason.HandshakeQueueFull;
        device.RequestControl();
        return null;
    }

    /// <summary>
    /// Whether nothing that mac1 could say would matter, to a message without mac2: a cookie is needed, of everybody or of a source that has used up its allowance, and it would get none.
    /// </summary>
    private bool IsHopeless(bool isUnderLoad, in DatagramSource source, MonotonicTime now)
    {
        if (!isUnderLoad && !device.SourceAllowance.IsExhausted(source.Remote.Address, now)) return false;
        RenewBudget(now);
        return _budgetUsed >= CookieRepliesPerSecond || device.CookieAllowance.IsExhausted(source.Remote.Address, now);
    }

    private void RenewBudget(MonotonicTime now)
    {
        var second = now.Nanoseconds / 1_000_000_000;
        if (second != _budgetSecond) (_budgetSecond, _budgetUsed) = (second, 0);
    }

    private DropReason DemandCookie(CookieChecker checker, ReadOnlySpan<byte> message, in DatagramSource source, MonotonicTime now, IRandomSource random, IDatagramSink sink)
    {
        RenewBudget(now);
        if (_budgetUsed >= CookieRepliesPerSecond || !device.CookieAllowance.Allow(source.Remote.Address, now)) return DropReason.RateLimited;
        _budgetUsed++;
        var hadSecret = checker.NextDeadline is not null;
        if (!checker.TryCreateReply(message, _reply, source.Remote, now, random)) return DropReason.WrongMac1;
        // The control thread erases the secret behind the cookies on time, so it must learn that there is one.
        if (!hadSecret) device.RequestControl();
        _replyTo.Retarget(source.Remote, source.Local);
        sink.Send(_reply, _replyTo, tos: 0);
        return DropReason.CookieDemanded;
    }
}
