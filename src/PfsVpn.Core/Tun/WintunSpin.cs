using System.Diagnostics;

namespace PfsVpn.Tun;

/// <summary>How long a queue looks at its ring again and again before it lets itself be put to sleep.</summary>
/// <remarks>
/// To be put to sleep and woken costs some ten microseconds, in which at a gigabit a dozen packets come. So the queue spins as long as that pays: a wait that was short doubles
/// the time, a long one halves it, down to none. It never spins longer than <see cref="LongestMicroseconds"/> for a wait, and not at all when packets come less often, or where there is one
/// processor, which whoever is waited for would need.
/// Threading: the queue's thread. Units: those of <see cref="Stopwatch"/>.
/// </remarks>
internal sealed class WintunSpin
{
    /// <summary>What a wait spins at most.</summary>
    public const int LongestMicroseconds = 20;

    private const int FirstMicroseconds = 5;

    private readonly long _first;
    private readonly long _longest;

    /// <param name="processors">Processors of the machine.</param>
    public WintunSpin(int processors)
    {
        if (processors < 2) return;
        _first = FirstMicroseconds * Stopwatch.Frequency / 1_000_000;
        _longest = LongestMicroseconds * Stopwatch.Frequency / 1_000_000;
    }

    /// <summary>How long to spin this time; 0 for not at all.</summary>
    public long Budget { get; private set; }

    /// <summary>Notes how long it was until the packet came, spinning and sleeping together.</summary>
    public void NoteWait(long ticks)
    {
        if (ticks <= _longest) Budget = Math.Min(Math.Max(Budget * 2, _first), _longest);
        else Budget = Budget / 2 >= _first ? Budget / 2 : 0;
    }
}
