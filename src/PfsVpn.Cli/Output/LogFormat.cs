namespace PfsVpn.Cli.Output;

/// <summary>How the lines of a log look.</summary>
internal enum LogFormat
{
    /// <summary>For people; with priorities where the journal reads it.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}
