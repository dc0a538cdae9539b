using PfsVpn.Cli.Output;
using PfsVpn.Timers;

namespace PfsVpn.Cli.View;

/// <summary>One interface as <c>top</c> follows it, with its peers: what it said last, and since when it says nothing.</summary>
internal sealed class TopInterface(string name)
{
    private readonly Dictionary<string, TopPeer> _peers = new(StringComparer.Ordinal);
    private Dictionary<string, ulong> _drops = new(StringComparer.Ordinal);
    private long _round;

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>The same, fit for a terminal: a socket can be called anything.</summary>
    public string Title { get; } = PrintableText.Of(name);

    /// <summary>The latest sample; null before the first.</summary>
    public DeviceSample? Sample { get; private set; }

    /// <summary>When it came.</summary>
    public MonotonicTime SampledAt { get; private set; }

    /// <summary>Why it cannot be asked; null while it can.</summary>
    public string? Failure { get; private set; }

    /// <summary>Since when it cannot be asked.</summary>
    public MonotonicTime FailedSince { get; private set; }

    /// <summary>When it could be asked again after a failure; not set where there was none.</summary>
    public MonotonicTime BackSince { get; private set; }

    /// <summary>How long it had been gone then.</summary>
    public TimeSpan WasGoneFor { get; private set; }

    /// <summary>Bytes per second from all peers.</summary>
    public RateHistory In { get; } = new();

    /// <summary>Bytes per second to all peers.</summary>
    public RateHistory Out { get; } = new();

    /// <summary>Bytes from all peers, and to them.</summary>
    public (double Received, double Sent) Total { get; private set; }

    /// <summary>Drops by reason, the most frequent of late first, then the most frequent ever; empty also where the daemon does not say.</summary>
    public IReadOnlyList<(string Reason, ulong Count, double Rate)> Drops { get; private set; } = [];

    /// <summary>Its peers in no order; none while it cannot be asked.</summary>
    public IReadOnlyCollection<TopPeer> Peers => _peers.Values;

    /// <summary>Takes a sample.</summary>
    public void Take(DeviceSample sample, MonotonicTime now)
    {
        var seconds = Sample is null ? 0 : (now - SampledAt).TotalSeconds;
        if (Failure is not null) (Failure, BackSince, WasGoneFor) = (null, now, now - FailedSince);
        _round++;
        var (received, sent, inRate, outRate) = (0.0, 0.0, 0.0, 0.0);
        foreach (var one in sample.Peers)
        {
            if (!_peers.TryGetValue(one.Key, out var peer)) _peers.Add(one.Key, peer = new TopPeer(this));
            peer.Take(one, now, _round);
            received += one.Received;
            sent += one.Sent;
            inRate += peer.In.Latest;
            outRate += peer.Out.Latest;
        }
        foreach (var (key, peer) in _peers)
            if (peer.Round != _round) _peers.Remove(key);
        In.Push(inRate);
        Out.Push(outRate);
        Total = (received, sent);
        TakeDrops(sample.Drops, seconds);
        (Sample, SampledAt) = (sample, now);
    }

    /// <summary>It could not be asked. What it said before is forgotten: nothing of it need be true any more.</summary>
    public void Fail(string why, MonotonicTime now)
    {
        if (Failure is null) FailedSince = now;
        (Failure, Sample, BackSince, Drops, Total) = (PrintableText.Of(why), null, default, [], default);
        _peers.Clear();
        _drops.Clear();
        In.Clear();
        Out.Clear();
    }

    private void TakeDrops(IReadOnlyList<DropSample>? drops, double seconds)
    {
        if (drops is null || drops.Count == 0)
        {
            Drops = [];
            _drops.Clear();
            return;
        }
        var counts = new Dictionary<string, ulong>(drops.Count, StringComparer.Ordinal);
        var list = new List<(string Reason, ulong Count, double Rate)>(drops.Count);
        foreach (var (reason, count) in drops)
        {
            // A reason that was not there had no drops: only with the first sample nothing is known of before.
            var before = _drops.GetValueOrDefault(reason);
            list.Add((reason, count, seconds > 0 && count >= before ? (count - before) / seconds : 0));
            counts[reason] = count;
        }
        _drops = counts;
        list.Sort(static (left, right) => right.Rate != left.Rate ? right.Rate.CompareTo(left.Rate) : right.Count.CompareTo(left.Count));
        Drops = list;
    }
}
