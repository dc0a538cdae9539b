namespace PfsVpn.Lab.Policies;

/// <summary>When a peer talks: periods of steady traffic, the same each day. Times are whole seconds since midnight of some day.</summary>
/// <param name="Name">What to call it.</param>
/// <param name="Periods">The periods of a day, in order and apart from each other; one of all the day is without end.</param>
internal sealed record TrafficProfile(string Name, IReadOnlyList<(int From, int To)> Periods)
{
    /// <summary>Seconds of a day.</summary>
    public const int Day = 86_400;

    /// <summary>Traffic all day, evenly.</summary>
    public static readonly TrafficProfile Even = new("even traffic", [(0, Day)]);

    /// <summary>A working day from 8 to 18 o'clock: a quarter of an hour of traffic, a quarter of none.</summary>
    public static readonly TrafficProfile WorkingDay = new("working day", [.. Enumerable.Range(0, 20).Select(static i => (28_800 + (i * 1800), 28_800 + (i * 1800) + 900))]);

    /// <summary>Seconds of traffic in a day.</summary>
    public int SecondsADay => Periods.Sum(static period => period.To - period.From);

    /// <summary>The periods between two moments, those that touch joined.</summary>
    public IEnumerable<(int From, int To)> Between(int from, int to)
    {
        (int From, int To)? open = null;
        for (var day = (int)Math.Floor(from / (double)Day); day * Day < to; day++)
        {
            foreach (var (start, end) in Periods)
            {
                var (first, last) = (Math.Max(from, (day * Day) + start), Math.Min(to, (day * Day) + end));
                if (first >= last) continue;
                if (open is { } before && before.To == first)
                {
                    open = (before.From, last);
                    continue;
                }
                if (open is { } whole) yield return whole;
                open = (first, last);
            }
        }
        if (open is { } rest) yield return rest;
    }
}
