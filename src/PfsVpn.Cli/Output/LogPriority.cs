namespace PfsVpn.Cli.Output;

/// <summary>How grave a line of a log is: the numbers of syslog(3) and of the journal.</summary>
internal enum LogPriority
{
    /// <summary>Something failed.</summary>
    Error = 3,

    /// <summary>Something wants attention.</summary>
    Warning = 4,

    /// <summary>What happens.</summary>
    Information = 6,
}
