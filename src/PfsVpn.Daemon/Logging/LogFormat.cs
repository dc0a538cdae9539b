namespace PfsVpn.Daemon.Logging;

/// <summary>How lines of the log look.</summary>
internal enum LogFormat
{
    /// <summary>Text; with the journal's priorities where standard output is the journal's stream.</summary>
    Auto,

    /// <summary>wireguard-go's manner: <c>INFO: (wg0) 2026/11/20 23:00:00 text</c>.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>With the journal's priorities: <c>&lt;6&gt;(wg0) text</c>.</summary>
    Journal,
}
