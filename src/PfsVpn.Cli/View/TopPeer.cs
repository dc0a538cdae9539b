using PfsVpn.Timers;

namespace PfsVpn.Cli.View;

/// <summary>One peer as <c>top</c> follows it: the latest sample, and the rates that follow from those before.</summary>
internal sealed class TopPeer(TopInterface owner)
{
    /// <summary>Characters of a key where there is no name.</summary>
    private const int ShortKey = 8;

    private bool _hasSample;

    /// <summary>Whose peer it is.</summary>
    public TopInterface Owner { get; } = owner;

    /// <summary>The latest sample.</summary>
    public PeerSample Sample { get; private set; } = new("", "", "", 0, 0, null, PeerCondition.Never, null, null, "");

    /// <summary>When it came.</summary>
    public MonotonicTime SampledAt { get; private set; }

    /// <summary>Bytes per second from the peer.</summary>
    public RateHistory In { get; } = new();

    /// <summary>Bytes per second to the peer.</summary>
    public RateHistory Out { get; } = new();

    /// <summary>Number of the round of samples that had it: a peer that was not in the latest has been removed.</summary>
    public long Round { get; private set; }

    /// <summary>What to call it: its name, else the beginning of its key.</summary>
    public string Title { get; private set; } = "";

    /// <summary>Both rates.</summary>
    public double Rate => In.Latest + Out.Latest;

    /// <summary>Bytes in both directions.</summary>
    public double Total => (double)Sample.Received + Sample.Sent;

    /// <summary>Takes a sample of the round <paramref name="round"/>.</summary>
    public void Take(PeerSample sample, MonotonicTime now, long round)
    {
        var seconds = (now - SampledAt).TotalSeconds;
        // Counters that go back are those of another daemon, or of a peer that was removed and came again.
        if (_hasSample && sample.Received >= Sample.Received && sample.Sent >= Sample.Sent && seconds > 0)
        {
            In.Push((sample.Received - Sample.Received) / seconds);
            Out.Push((sample.Sent - Sample.Sent) / seconds);
        }
        else
        {
            In.Push(0);
            Out.Push(0);
        }
        if (Title.Length == 0 || sample.Name != Sample.Name) Title = sample.Name.Length > 0 ? sample.Name : sample.Key[..Math.Min(ShortKey, sample.Key.Length)] + "...";
        (Sample, SampledAt, Round, _hasSample) = (sample, now, round, true);
    }
}
