using System.Collections.Concurrent;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Cli.Attend;

/// <summary>
/// Has the paths to IPv6 endpoints measured. No router fragments there: one with a smaller link says so by ICMPv6, and where that is filtered, packets that are too large vanish while
/// handshakes and small packets pass. References: RFC 8201, RFC 2923 §2.1, RFC 8899.
/// </summary>
/// <remarks>Each endpoint when it is new, when the kernel's idea of its path changes, and again after ten minutes, or one where nobody answered. Sans-IO but for what measures, which runs on another thread. Threading: one thread.</remarks>
/// <param name="measure">Measures, on any thread, for seconds; null for no answer.</param>
/// <param name="wake">Called on any thread when there is an answer.</param>
internal sealed class PathProber(Func<PathQuestion, int?> measure, Action wake)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10), IntervalUnanswered = TimeSpan.FromMinutes(1);

    private readonly Dictionary<IpAddress, Known> _known = [];
    private readonly HashSet<IpAddress> _seen = [];
    private readonly ConcurrentQueue<(PathQuestion Question, int? Size)> _answers = new();

    /// <summary>Whether packets may vanish on this path, and it can be measured.</summary>
    public static bool IsConcerned(in PeerPath path) => path.IsConnected && !path.Endpoint.Address.IsV4;

    /// <summary>Whether this path is one to be measured that was never seen before. True once.</summary>
    public bool IsFirstSeen(in PeerPath path) => IsConcerned(path) && _seen.Add(path.Endpoint.Address);

    /// <summary>What was measured last; null for nothing.</summary>
    public int? SizeOf(IpAddress endpoint) => _known.TryGetValue(endpoint, out var known) ? known.Size : null;

    /// <summary>Whether it is time to measure the way to an endpoint that takes packets of this size by what the kernel knows.</summary>
    public bool IsDue(IpAddress endpoint, int most, MonotonicTime now) => !_known.TryGetValue(endpoint, out var known) || (!known.Runs && (known.Most != most || now >= known.Next));

    /// <summary>Begins to measure where it is time to.</summary>
    public void Ask(PathQuestion question, MonotonicTime now)
    {
        if (!IsDue(question.Endpoint, question.Most, now)) return;
        var known = _known.GetValueOrDefault(question.Endpoint);
        _known[question.Endpoint] = new Known(question.Most, known?.Most == question.Most ? known.Size : null, Runs: true, MonotonicTime.Infinite);
        ThreadPool.QueueUserWorkItem(_ =>
        {
            _answers.Enqueue((question, measure(question)));
            wake();
        });
    }

    /// <summary>Takes what was measured since; whether there was anything.</summary>
    public bool TakeAnswers(MonotonicTime now)
    {
        var found = false;
        while (_answers.TryDequeue(out var answer))
        {
            found = true;
            // Where nobody answers now, what was measured before still holds.
            _known[answer.Question.Endpoint] = new Known(answer.Question.Most, answer.Size ?? SizeOf(answer.Question.Endpoint), Runs: false, now + (answer.Size is null ? IntervalUnanswered : Interval));
        }
        return found;
    }

    /// <summary>What is known of an endpoint.</summary>
    private sealed record Known(int Most, int? Size, bool Runs, MonotonicTime Next);
}
