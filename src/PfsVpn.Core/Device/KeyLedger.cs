using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>The account of all keys: how many were made and erased and why, how long one ever outlived its deadline, and the latest ends. Never the keys.</summary>
/// <remarks>
/// The moment of an erasing is read from the clock after the bytes were zeroed, by whichever thread did it: the last lease may end on a pump long after the
/// batch's own <c>now</c>. So there is no rounding in a worst case but the clock's own (nanoseconds on Linux). The clock is a parameter, as everywhere in Device.
/// Sizes: the latest <see cref="Capacity"/> ends, under 30 KB, allocated once. Threading: any thread; one short lock for each key made or erased, none
/// for a packet. Noting allocates nothing.
/// </remarks>
internal sealed class KeyLedger : IKeyWitness
{
    /// <summary>How many of the latest ends are kept.</summary>
    public const int Capacity = 256;

    /// <summary>Kinds that there are; to count them by reflection would cost a millisecond at the start.</summary>
    internal const int Kinds = (int)KeyKind.PresharedKey + 1;

    /// <summary>Room for every reason.</summary>
    internal const int MostReasons = 32;

    private readonly Func<MonotonicTime> _clock;
    private readonly Lock _gate = new();
    private readonly long[] _made = new long[Kinds];
    private readonly long[] _erased = new long[Kinds * MostReasons];
    private readonly KeyEnd[] _latest = new KeyEnd[Capacity];
    private long _ends;
    private KeyEnd _worst;

    /// <summary>Makes an empty account; <paramref name="clock"/> is the boot clock, read from any thread.</summary>
    public KeyLedger(Func<MonotonicTime> clock) => _clock = clock;

    /// <summary>Keypairs derived since the start.</summary>
    public long Made => MadeOf(KeyKind.Keypair);

    /// <summary>Keypairs erased since the start.</summary>
    public long Erased => ErasedOf(KeyKind.Keypair);

    /// <summary>Keypairs that exist now.</summary>
    public long Alive => AliveOf(KeyKind.Keypair);

    /// <summary>The end of the key that outlived its deadline the longest; null where none ever did.</summary>
    public KeyEnd? Worst
    {
        get { lock (_gate) return _worst.Outlived > TimeSpan.Zero ? _worst : null; }
    }

    /// <summary>The longest that any key existed beyond its deadline.</summary>
    public TimeSpan WorstOutliving
    {
        get { lock (_gate) return _worst.Outlived; }
    }

    /// <summary>The time, for what has to be noted where no step of the control thread is at hand.</summary>
    internal MonotonicTime Now => _clock();

    /// <summary>How many of <paramref name="kind"/> were made.</summary>
    public long MadeOf(KeyKind kind) => Volatile.Read(ref _made[(int)kind]);

    /// <summary>How many of <paramref name="kind"/> were erased.</summary>
    public long ErasedOf(KeyKind kind)
    {
        lock (_gate) return SumLocked(kind);
    }

    /// <summary>How many of <paramref name="kind"/> exist now.</summary>
    public long AliveOf(KeyKind kind)
    {
        lock (_gate) return _made[(int)kind] - SumLocked(kind);
    }

    /// <summary>How many of <paramref name="kind"/> were erased for <paramref name="reason"/>.</summary>
    public long ErasedFor(KeyEndReason reason, KeyKind kind = KeyKind.Keypair) => Volatile.Read(ref _erased[((int)kind * MostReasons) + (int)reason]);

    /// <summary>Copies the latest ends, the newest first. Returns how many: at most <see cref="Capacity"/>, or what <paramref name="destination"/> takes.</summary>
    public int CopyLatest(Span<KeyEnd> destination)
    {
        lock (_gate)
        {
            var count = (int)Math.Min(Math.Min(_ends, Capacity), destination.Length);
            for (var i = 0; i < count; i++) destination[i] = _latest[(_ends - 1 - i) % Capacity];
            return count;
        }
    }

    MonotonicTime IKeyWitness.Made(KeyKind kind) => NoteMade(kind, null);

    void IKeyWitness.Erased(KeyKind kind, KeyEndReason reason, MonotonicTime created, MonotonicTime deadline) =>
        NoteErased(new KeyEnd(kind, reason, null, created, default, default, deadline, default), null);

    /// <summary>A key was made. Returns the moment.</summary>
    internal MonotonicTime NoteMade(KeyKind kind, PeerKeyTotals? totals)
    {
        lock (_gate)
        {
            _made[(int)kind]++;
            totals?.NoteMade(kind);
        }
        return _clock();
    }

    /// <summary>A key was erased, just now: <see cref="KeyEnd.Erased"/> is filled in here.</summary>
    internal void NoteErased(in KeyEnd end, PeerKeyTotals? totals)
    {
        var noted = end with { Erased = _clock() };
        lock (_gate)
        {
            _erased[((int)end.Kind * MostReasons) + (int)end.Reason]++;
            _latest[_ends++ % Capacity] = noted;
            if (noted.Outlived > _worst.Outlived) _worst = noted;
            totals?.NoteErased(noted);
        }
    }

    private long SumLocked(KeyKind kind)
    {
        var sum = 0L;
        foreach (var count in _erased.AsSpan((int)kind * MostReasons, MostReasons)) sum += count;
        return sum;
    }
}
