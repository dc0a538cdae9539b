namespace PfsVpn.Lab.Seizure;

/// <summary>The messages of a range of ages at the seizure.</summary>
/// <param name="From">The youngest age.</param>
/// <param name="To">The oldest.</param>
/// <param name="Messages">How many messages.</param>
/// <param name="Read">How many of them the attacker reads.</param>
internal sealed record AgeBucket(TimeSpan From, TimeSpan To, int Messages, int Read)
{
    private const int Count = 12;

    /// <summary>The share that is read: 0 to 1.</summary>
    public double Share => Messages == 0 ? 0 : Read / (double)Messages;

    /// <summary>Twelve buckets over the time of talking, and what was older in the last.</summary>
    public static IReadOnlyList<AgeBucket> Of(SeizureOutcome outcome)
    {
        var width = outcome.Talk / Count;
        var groups = outcome.Messages.ToLookup(message => Math.Clamp((int)(message.Age / width), 0, Count - 1));
        return [.. Enumerable.Range(0, Count).Select(i => new AgeBucket(width * i, width * (i + 1), groups[i].Count(), groups[i].Count(static message => message.IsRead)))];
    }
}
