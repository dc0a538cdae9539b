namespace PfsVpn.Daemon.Watch;

/// <summary>How patient a <see cref="SleepWatch"/> is.</summary>
internal sealed record SleepWatchSettings
{
    /// <summary>Before the bus is looked for again; doubled each time.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where doubling ends.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long erasing may take: less than logind waits.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long an answer may take: what the bus's own library waits.</summary>
    public int AnswerInMilliseconds { get; init; } = 25_000;
}
