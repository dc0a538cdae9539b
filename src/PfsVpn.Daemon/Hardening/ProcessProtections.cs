using System.Diagnostics;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Hardening;

/// <summary>Which protections hold, read from the system as it is, not from what was asked for.</summary>
/// <remarks>Threading: any thread.</remarks>
internal sealed class ProcessProtections(Func<IEnumerable<Protection>> look)
{
    /// <summary>How long what was seen is told again: whoever asks every second gets the same list.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private IReadOnlyList<Protection>? _seen;
    private long _seenAt;

    /// <summary>What <see cref="Read"/> saw within the last seconds, else what it sees now.</summary>
    public IReadOnlyList<Protection> ReadLately()
    {
        lock (_gate) return _seen is { } seen && Stopwatch.GetElapsedTime(_seenAt) < Lifetime ? seen : Read();
    }

    /// <summary>Looks now.</summary>
    public IReadOnlyList<Protection> Read()
    {
        lock (_gate)
        {
            _seen = [.. look()];
            _seenAt = Stopwatch.GetTimestamp();
            return _seen;
        }
    }
}
