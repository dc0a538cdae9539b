using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Timers;

namespace PfsVpn.Transport;

/// <summary>The two session keys of one handshake, leased by the data path and erased when the last lease ends.</summary>
/// <remarks>
/// References: WireGuard paper §5.4.5, §6.1. Sizes: two keys of 32 bytes in the arena.
/// Threading: leases and counters from any thread; <see cref="End"/> from the control thread. Never pooled.
/// Safety: a lease is taken by an increment and then checked, an end sets the sign bit. Whoever sees the count at zero with the sign bit
/// set erases, once. So a key is erased the moment nobody uses it, and nobody seals with an erased key.
/// A lease covers sealing or opening only, never a system call.
/// </remarks>
internal sealed class Keypair
{
    private const int Dead = int.MinValue;

    /// <summary>A send counter of which nothing can be reserved any more: greater than REJECT_AFTER_MESSAGES.</summary>
    private const ulong Closed = ulong.MaxValue;

    private readonly SecretKey _send;
    private readonly SecretKey _receive;
    private int _leases;
    private int _erased;
    private ulong _sendCounter;
    private ulong _messagesSent;
    private long _firstAuthenticated;
    private long _bytes;
    private long _endBy;
    private long _rejectAt;
    private long _rekeyOnSendAt;
    private long _rekeyOnReceiveAt;
    private ulong _rekeyAfterBytes;
    private int _receiveUsedUp;
    private int _endReason;

    /// <summary>Takes the ownership of both keys, which live as long as <paramref name="life"/> says, without one as long as the protocol does.</summary>
    public Keypair(SecretKey send, SecretKey receive, uint localIndex, uint remoteIndex, bool isInitiator, MonotonicTime created, KeyLife? life = null)
    {
        _send = send;
        _receive = receive;
        LocalIndex = localIndex;
        RemoteIndex = remoteIndex;
        IsInitiator = isInitiator;
        Created = created;
        Life = life ?? KeyLife.Standard;
        _rejectAt = (created + Life.RejectAfter).Nanoseconds;
        SetRekeyAges();
    }

    /// <summary>The index that the peer puts into its messages to us.</summary>
    public uint LocalIndex { get; }

    /// <summary>The index that we put into our messages.</summary>
    public uint RemoteIndex { get; }

    /// <summary>Whether we sent the initiation.</summary>
    public bool IsInitiator { get; }

    /// <summary>When the keys were derived.</summary>
    public MonotonicTime Created { get; }

    /// <summary>How long it lives. Written by the control thread.</summary>
    public KeyLife Life { get; private set; }

    /// <summary>When the keypair is refused and erased. It may come closer, never go away.</summary>
    public MonotonicTime RejectAt => new(Volatile.Read(ref _rejectAt));

    /// <summary>When it is to be erased at the latest: <see cref="RejectAt"/>, or what <see cref="EndBy"/> said.</summary>
    public MonotonicTime Deadline => Volatile.Read(ref _endBy) is var at and not 0 && at < RejectAt.Nanoseconds ? new MonotonicTime(at) : RejectAt;

    /// <summary>When it stopped being the current one; unset where it is still, or never was. Written by the control thread.</summary>
    public MonotonicTime Retired { get; private set; }

    /// <summary>Whether it is or was the current one.</summary>
    public bool WasCurrent { get; private set; }

    /// <summary>Bytes of the messages sealed with and opened on it, headers and tags included.</summary>
    public ulong Bytes => (ulong)Volatile.Read(ref _bytes);

    /// <summary>The counters received on this keypair.</summary>
    public ReplayWindow Replay { get; } = new();

    /// <summary>Called once, by whoever erases, after the keys are gone.</summary>
    public Action<Keypair, KeyEndReason>? Erased { get; init; }

    /// <summary>Whether a packet was received and authenticated on this keypair.</summary>
    public bool IsConfirmedByPeer => Volatile.Read(ref _firstAuthenticated) != 0;

    /// <summary>When the first packet was received and authenticated; unset for never.</summary>
    public MonotonicTime FirstAuthenticated => new(Volatile.Read(ref _firstAuthenticated));

    /// <summary>Messages sealed so far.</summary>
    public ulong MessagesSent => Volatile.Read(ref _sendCounter) is var sent and not Closed ? sent : Volatile.Read(ref _messagesSent);

    /// <summary>Whether all counters for sealing have been used.</summary>
    public bool IsSendUsedUp => Volatile.Read(ref _sendCounter) >= ProtocolConstants.RejectAfterMessages;

    /// <summary>Whether the last counter for opening was received, so that nothing more is opened.</summary>
    public bool IsReceiveUsedUp => Volatile.Read(ref _receiveUsedUp) != 0;

    /// <summary>
    /// Whether a wish for a successor waits for the other side's first: the initiator of this keypair most likely wishes the same at the same moment, and two handshakes
    /// at once destroy each other.
    /// </summary>
    public bool YieldsToInitiator => !IsInitiator && MessagesSent <= ProtocolConstants.RekeyAfterMessages;

    /// <summary>Whether the keypair has been ended.</summary>
    public bool IsDead => Volatile.Read(ref _leases) < 0;

    /// <summary>The key for sealing; read under a lease only.</summary>
    internal SecretKey SendKey => _send;

    /// <summary>The key for opening; read under a lease only.</summary>
    internal SecretKey ReceiveKey => _receive;

    /// <summary>Takes a lease; false where the keypair is dead. Every true is followed by one <see cref="Release"/>.</summary>
    public bool TryAcquire()
    {
        if (Interlocked.Increment(ref _leases) > 0) return true;
        Release();
        return false;
    }

    /// <summary>Ends a lease; erases where it was the last one of a dead keypair.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _leases) == Dead) Erase();
    }

    /// <summary>
    /// Ends the keypair: no new leases, no new counters even under a lease that is out, and the keys are erased as soon as the leases that are out have ended.
    /// </summary>
    public void End(KeyEndReason reason)
    {
        Volatile.Write(ref _endReason, (int)reason);
        var was = Interlocked.Or(ref _leases, Dead);
        // Safety: nobody reserves after this exchange. A machine that was cloned ends its keypairs so that the two never seal with one counter.
        var sent = Interlocked.Exchange(ref _sendCounter, Closed);
        if (sent != Closed) Volatile.Write(ref _messagesSent, sent);
        if (was == 0) Erase();
    }

    /// <summary>
    /// Follows a life that was set anew while the keypair lives. Its end may only come closer, though not before <paramref name="now"/>; the limit of bytes, which ends
    /// nothing, becomes what it says. The control thread.
    /// </summary>
    public void Follow(KeyLife life, MonotonicTime now)
    {
        Life = life with { RekeyAfterSeconds = Math.Min(Life.RekeyAfterSeconds, life.RekeyAfterSeconds) };
        var end = Created + Life.RejectAfter;
        if (end < now) end = now;
        if (end < RejectAt) Volatile.Write(ref _rejectAt, end.Nanoseconds);
        SetRekeyAges();
    }

    /// <summary>The last counter for opening was received: nothing more is opened. Any thread.</summary>
    public void NoteReceiveUsedUp() => Volatile.Write(ref _receiveUsedUp, 1);

    /// <summary>Brings the deadline forward, never back. The control thread.</summary>
    public void EndBy(MonotonicTime at)
    {
        if (at < Deadline) Volatile.Write(ref _endBy, at.Nanoseconds);
    }

    /// <summary>It is the current one from now on. The control thread.</summary>
    public void BecomeCurrent() => WasCurrent = true;

    /// <summary>It is not the current one any more, since <paramref name="now"/>; does nothing where it never was, or was retired before. The control thread.</summary>
    public void Retire(MonotonicTime now)
    {
        if (WasCurrent && Retired.IsUnset) Retired = now;
    }

    /// <summary>Adds bytes of messages sealed or opened. Any thread, once for each run.</summary>
    public void AddBytes(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>
    /// Reserves up to <paramref name="count"/> nonce counters and returns how many were granted, fewer only at REJECT_AFTER_MESSAGES.
    /// No counter is ever granted twice: a saturating compare-exchange cannot wrap.
    /// </summary>
    public int ReserveCounters(int count, out ulong first)
    {
        while (true)
        {
            first = Volatile.Read(ref _sendCounter);
            if (first >= ProtocolConstants.RejectAfterMessages) return 0;
            var granted = Math.Min((ulong)count, ProtocolConstants.RejectAfterMessages - first);
            if (Interlocked.CompareExchange(ref _sendCounter, first + granted, first) == first) return (int)granted;
        }
    }

    /// <summary>Notes that a packet was authenticated; true the first time.</summary>
    public bool NoteAuthenticated(MonotonicTime now) =>
        Volatile.Read(ref _firstAuthenticated) == 0 && Interlocked.CompareExchange(ref _firstAuthenticated, now.Nanoseconds, 0) == 0;

    /// <summary>Whether it may still seal at <paramref name="now"/>.</summary>
    public bool IsFresh(MonotonicTime now) => now < RejectAt && !IsSendUsedUp;

    /// <summary>Whether it may still open at <paramref name="now"/>.</summary>
    public bool MayOpen(MonotonicTime now) => now < RejectAt && !IsReceiveUsedUp;

    /// <summary>Whether sending on it asks for a new handshake: too many messages or bytes; or N seconds old, and ours or of a shorter life than the protocol's.</summary>
    public bool WantsRekeyOnSend(MonotonicTime now) =>
        now.Nanoseconds >= Volatile.Read(ref _rekeyOnSendAt) || Bytes >= Volatile.Read(ref _rekeyAfterBytes) || MessagesSent > ProtocolConstants.RekeyAfterMessages;

    /// <summary>Whether receiving on it asks for a new handshake: too many bytes; or max(N, reject - 15 s) old, and ours or of a shorter life than the protocol's.</summary>
    public bool WantsRekeyOnReceive(MonotonicTime now) =>
        now.Nanoseconds >= Volatile.Read(ref _rekeyOnReceiveAt) || Bytes >= Volatile.Read(ref _rekeyAfterBytes);

    /// <summary>Whether either asks for a new handshake.</summary>
    public bool WantsRekey(MonotonicTime now) => WantsRekeyOnSend(now) || WantsRekeyOnReceive(now);

    /// <summary>Sets the send counter, for tests near the limits.</summary>
    internal void SetSendCounter(ulong value) => Volatile.Write(ref _sendCounter, value);

    private void SetRekeyAges()
    {
        var concerns = IsInitiator || Life.IsShorter;
        Volatile.Write(ref _rekeyOnSendAt, concerns ? (Created + Life.RekeyAfter).Nanoseconds : long.MaxValue);
        Volatile.Write(ref _rekeyOnReceiveAt, concerns ? (Created + Life.ReceiveRekeyAfter).Nanoseconds : long.MaxValue);
        Volatile.Write(ref _rekeyAfterBytes, Life.RekeyAfterBytes == 0 ? ulong.MaxValue : Life.RekeyAfterBytes);
    }

    private void Erase()
    {
        if (Interlocked.Exchange(ref _erased, 1) != 0) return;
        _send.Dispose();
        _receive.Dispose();
        Erased?.Invoke(this, (KeyEndReason)Volatile.Read(ref _endReason));
    }
}
