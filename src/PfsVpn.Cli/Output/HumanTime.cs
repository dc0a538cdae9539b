namespace PfsVpn.Cli.Output;

/// <summary>Spans of time as people read them: 1 minute, 2 seconds.</summary>
internal static class HumanTime
{
    private static readonly (ulong Seconds, string Name)[] Units =
        [(365 * 24 * 60 * 60, "year"), (24 * 60 * 60, "day"), (60 * 60, "hour"), (60, "minute"), (1, "second")];

    /// <summary>The parts from the largest to the smallest, without those that are zero.</summary>
    public static IEnumerable<(ulong Count, string Unit)> Split(ulong seconds)
    {
        foreach (var (size, name) in Units)
        {
            var count = seconds / size;
            seconds %= size;
            if (count != 0) yield return (count, count == 1 ? name : name + "s");
        }
    }
}
