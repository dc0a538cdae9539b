namespace PfsVpn.Lab.Policies;

/// <summary>What a seizure at a random moment exposes under a policy.</summary>
/// <param name="Share">The mean share of the last day's traffic that can be read: 0 to 1.</param>
/// <param name="Mean">The mean over the day of the traffic that can be read, in seconds of traffic, of the last day.</param>
/// <param name="Longest">The age in seconds of the oldest traffic that can be read at the worst moment; infinite where there is no end.</param>
internal readonly record struct PolicyExposure(double Share, double Mean, double Longest)
{
    /// <summary>Days before the one that is looked at: by then every policy that ends keys at all is in its steady state.</summary>
    private const int DaysBefore = 4;

    /// <summary>
    /// The one model for all policies: a day, second by second. Whoever seizes the machine in a second gets the keys that exist in its middle, and reads the recorded
    /// traffic that they were used for. All times being whole seconds, what is read grows linearly within each, and the sum over the middles is exact.
    /// </summary>
    public static PolicyExposure Of(KeyPolicy policy, TrafficProfile profile)
    {
        const int From = -DaysBefore * TrafficProfile.Day;
        var traffic = new TrafficTable(profile, From, TrafficProfile.Day);
        var keys = policy.Keys(profile, From, TrafficProfile.Day).OrderBy(static key => key.Made).ThenBy(static key => key.UsedFrom).ToList();
        var alive = new List<KeySpan>();
        var (next, sum, longest) = (0, 0.0, 0.0);
        for (var second = 0; second < TrafficProfile.Day; second++)
        {
            var now = second + 0.5;
            for (; next < keys.Count && keys[next].Made <= now; next++) Add(alive, keys[next], traffic);
            alive.RemoveAll(key => key.Destroyed <= now);
            sum += Readable(alive, traffic, now);
            longest = Math.Max(longest, OldestAge(alive, traffic, second + 1));
        }
        var mean = sum / TrafficProfile.Day;
        return new PolicyExposure(mean / profile.SecondsADay, mean, longest);
    }

    /// <summary>Keys that live for ever and follow each other are one: there would be thousands of them.</summary>
    private static void Add(List<KeySpan> alive, KeySpan key, TrafficTable traffic)
    {
        if (alive.Count > 0 && double.IsPositiveInfinity(key.Destroyed) && double.IsPositiveInfinity(alive[^1].Destroyed) && traffic.Between(alive[^1].UsedTo, key.UsedFrom) == 0)
            alive[^1] = alive[^1] with { UsedTo = key.UsedTo };
        else
            alive.Add(key);
    }

    /// <summary>Seconds of traffic of the last day that one key or more open.</summary>
    private static double Readable(List<KeySpan> alive, TrafficTable traffic, double now)
    {
        var (sum, covered) = (0.0, now - TrafficProfile.Day);
        alive.Sort(static (left, right) => left.UsedFrom.CompareTo(right.UsedFrom));
        foreach (var key in alive)
        {
            var (from, to) = (Math.Max(key.UsedFrom, covered), Math.Min(key.UsedTo, now));
            sum += traffic.Between(from, to);
            covered = Math.Max(covered, to);
        }
        return sum;
    }

    /// <summary>The age just before <paramref name="now"/> of the oldest traffic that is opened.</summary>
    private static double OldestAge(List<KeySpan> alive, TrafficTable traffic, double now)
    {
        var oldest = now;
        foreach (var key in alive)
        {
            if (double.IsPositiveInfinity(key.Destroyed)) return double.PositiveInfinity;
            // A key may have waited for its first traffic.
            var first = traffic.FirstFrom(key.UsedFrom);
            if (first < Math.Min(key.UsedTo, now)) oldest = Math.Min(oldest, first);
        }
        return now - oldest;
    }
}
