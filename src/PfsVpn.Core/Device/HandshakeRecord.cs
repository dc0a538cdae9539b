using System.Runtime.CompilerServices;
using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>How the handshakes of one peer went: begun, answered, completed, failed and why.</summary>
/// <remarks>
/// Sizes: some 100 bytes, and none before the first event. Threading: the control thread writes; only <see cref="NoteSendFailure"/> comes from pumps too. Any thread reads.
/// </remarks>
internal sealed class HandshakeRecord
{
    /// <summary>Room for every failure.</summary>
    private const int Failures = 16;

    /// <summary>The latest failure as one word, so that readers never see half of one: milliseconds of its moment, errno, reason.</summary>
    private long _last;

    private long _initiated, _answered, _completed, _completedAt, _unanswered;
    private Counts _failed;

    /// <summary>Initiations sent.</summary>
    public long Initiated => Volatile.Read(ref _initiated);

    /// <summary>Responses sent to initiations of the peer.</summary>
    public long Answered => Volatile.Read(ref _answered);

    /// <summary>Handshakes completed: as the initiator by a response, as the responder by the first data.</summary>
    public long Completed => Volatile.Read(ref _completed);

    /// <summary>When the latest one was completed; unset for never.</summary>
    public MonotonicTime CompletedAt => new(Volatile.Read(ref _completedAt));

    /// <summary>Initiations without an answer since the latest completed handshake.</summary>
    public long Unanswered => Volatile.Read(ref _unanswered);

    /// <summary>The latest failure; <see cref="HandshakeFailure.None"/> where there was none.</summary>
    public HandshakeFailure LastFailure => (HandshakeFailure)(Volatile.Read(ref _last) & 0xFF);

    /// <summary>The system's error number of the latest failure where it was a send that failed, else 0.</summary>
    public int LastErrno => (int)((Volatile.Read(ref _last) >> 8) & 0xFFFF);

    /// <summary>When the latest failure was, to the millisecond; unset where there was none.</summary>
    public MonotonicTime LastFailureAt => new((Volatile.Read(ref _last) >> 24) * 1_000_000);

    /// <summary>How often something failed for <paramref name="reason"/>.</summary>
    public int Failed(HandshakeFailure reason) => Volatile.Read(ref _failed[(int)reason]);

    internal void NoteInitiated() => Volatile.Write(ref _initiated, _initiated + 1);

    internal void NoteAnswered() => Volatile.Write(ref _answered, _answered + 1);

    internal void NoteCompleted(MonotonicTime now)
    {
        Volatile.Write(ref _completed, _completed + 1);
        Volatile.Write(ref _completedAt, now.Nanoseconds);
        Volatile.Write(ref _unanswered, 0);
    }

    /// <summary>The time for an answer to the initiation sent at <paramref name="sent"/> is over. What else went wrong with it says more, and stays the latest failure.</summary>
    internal void NoteUnanswered(MonotonicTime sent, MonotonicTime now)
    {
        Volatile.Write(ref _unanswered, _unanswered + 1);
        if (LastFailure is HandshakeFailure.None or HandshakeFailure.NoAnswer || LastFailureAt.Nanoseconds / 1_000_000 < sent.Nanoseconds / 1_000_000) Note(HandshakeFailure.NoAnswer, now);
    }

    internal void Note(HandshakeFailure reason, MonotonicTime now, int errno = 0)
    {
        Interlocked.Increment(ref _failed[(int)reason]);
        Volatile.Write(ref _last, (now.Nanoseconds / 1_000_000 << 24) | ((long)(errno & 0xFFFF) << 8) | (long)reason);
    }

    /// <summary>The system did not take a datagram. Any thread.</summary>
    internal void NoteSendFailure(bool noRoute, int errno, MonotonicTime now) => Note(noRoute ? HandshakeFailure.NetworkUnreachable : HandshakeFailure.SendFailed, now, errno);

    [InlineArray(Failures)]
    private struct Counts
    {
        private int _first;
    }
}
