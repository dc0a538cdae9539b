using PfsVpn.Timers;

namespace PfsVpn.Transport;

/// <summary>The previous, current and next keypair of a peer, and their rotation.</summary>
/// <remarks>
/// References: WireGuard paper §6.1, §6.2; kernel noise.c, add_new_keypair. <c>next</c> is a responder's keypair that the peer has not used yet.
/// Threading: changed by the control thread only; pumps read <see cref="Current"/>.
/// </remarks>
internal sealed class Keypairs
{
    private readonly Action<Keypair, KeyEndReason> _end;
    private Keypair? _current;

    /// <summary><paramref name="end"/> takes a keypair out of the index table and ends it.</summary>
    public Keypairs(Action<Keypair, KeyEndReason> end) => _end = end;

    /// <summary>The keypair that seals; read by pumps, which lease it.</summary>
    public Keypair? Current
    {
        get => Volatile.Read(ref _current);
        private set => Volatile.Write(ref _current, value);
    }

    /// <summary>The one before, for packets still in flight.</summary>
    public Keypair? Previous { get; private set; }

    /// <summary>The one that the peer has yet to confirm.</summary>
    public Keypair? Next { get; private set; }

    /// <summary>Those that there are: previous, current, next. Nothing is allocated.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>What they would give away at <paramref name="now"/>.</summary>
    public KeyExposure ExposureAt(MonotonicTime now)
    {
        var exposure = new KeyExposure(0, 0, now);
        foreach (var keypair in this) exposure += new KeyExposure(1, keypair.Bytes, keypair.Created);
        return exposure;
    }

    /// <summary>When the first of them ends by its age; infinite where there is none.</summary>
    public MonotonicTime FirstRejectAt()
    {
        var first = MonotonicTime.Infinite;
        foreach (var keypair in this)
            if (keypair.RejectAt < first) first = keypair.RejectAt;
        return first;
    }

    /// <summary>Installs a keypair that we derived as the responder: it becomes <see cref="Next"/>.</summary>
    public void InstallAsResponder(Keypair keypair)
    {
        var (previous, next) = (Previous, Next);
        Next = keypair;
        Previous = null;
        EndIfAny(next, KeyEndReason.NeverConfirmed);
        EndIfAny(previous, KeyEndReason.Replaced);
    }

    /// <summary>Installs a keypair that we derived as the initiator: it becomes <see cref="Current"/>. An unconfirmed next is demoted to previous.</summary>
    public void InstallAsInitiator(Keypair keypair, MonotonicTime now)
    {
        var (previous, current, next) = (Previous, Current, Next);
        current?.Retire(now);
        keypair.BecomeCurrent();
        Current = keypair;
        Next = null;
        Previous = next ?? current;
        EndIfAny(previous, KeyEndReason.Replaced);
        if (next is not null) EndIfAny(current, KeyEndReason.Replaced);
    }

    /// <summary>The peer was heard on <see cref="Next"/>: it becomes current, and current becomes previous.</summary>
    public void ConfirmNext(MonotonicTime now)
    {
        var previous = Previous;
        Current?.Retire(now);
        Next?.BecomeCurrent();
        Previous = Current;
        Current = Next;
        Next = null;
        EndIfAny(previous, KeyEndReason.Replaced);
    }

    /// <summary>Ends <see cref="Previous"/>.</summary>
    public void EndPrevious(KeyEndReason reason)
    {
        var previous = Previous;
        Previous = null;
        EndIfAny(previous, reason);
    }

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Current is null && Previous is null && Next is null;

    /// <summary>Ends those that are too old at <paramref name="now"/>, and those that no message can use any more; true where there was one.</summary>
    public bool EndThoseOver(MonotonicTime now)
    {
        var before = (Previous, Current, Next);
        EndWhere(static (keypair, now) => now >= keypair.RejectAt, now, KeyEndReason.TooOld);
        EndWhere(static (keypair, _) => keypair.IsReceiveUsedUp && keypair.IsSendUsedUp, 0, KeyEndReason.TooManyMessages);
        if (Previous is { IsReceiveUsedUp: true }) EndPrevious(KeyEndReason.TooManyMessages);
        return before != (Previous, Current, Next);
    }

    /// <summary>Lets all three follow a life that was set anew.</summary>
    public void Follow(KeyLife life, MonotonicTime now)
    {
        foreach (var keypair in this) keypair.Follow(life, now);
    }

    /// <summary>Ends all three.</summary>
    public void EndAll(KeyEndReason reason) => EndWhere(static (_, _) => true, 0, reason);

    /// <summary>Ends those for which <paramref name="predicate"/> is true.</summary>
    public void EndWhere<TState>(Func<Keypair, TState, bool> predicate, TState state, KeyEndReason reason)
    {
        if (Next is { } next && predicate(next, state))
        {
            Next = null;
            _end(next, reason);
        }
        if (Current is { } current && predicate(current, state))
        {
            Current = null;
            _end(current, reason);
        }
        if (Previous is { } previous && predicate(previous, state))
        {
            Previous = null;
            _end(previous, reason);
        }
    }

    private void EndIfAny(Keypair? keypair, KeyEndReason reason)
    {
        if (keypair is not null) _end(keypair, reason);
    }

    /// <summary>Goes over those that there are.</summary>
    public struct Enumerator(Keypairs keypairs)
    {
        private int _next;

        /// <summary>The present one.</summary>
        public Keypair Current { get; private set; } = null!;

        /// <summary>Goes to the next one; false behind the last.</summary>
        public bool MoveNext()
        {
            while (_next < 3)
            {
                var keypair = _next++ switch { 0 => keypairs.Previous, 1 => keypairs.Current, _ => keypairs.Next };
                if (keypair is null) continue;
                Current = keypair;
                return true;
            }
            return false;
        }
    }
}
