namespace PfsVpn.Cli.Tunnel;

/// <summary>A program to run, with its arguments as a list: no shell reads them.</summary>
/// <param name="Program">A path, or a name that is searched in PATH.</param>
/// <param name="Arguments">Its arguments; never a secret, for every process of the machine can read them.</param>
internal sealed record CommandRequest(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Text for its standard input, never a secret; null for an empty one.</summary>
    public string? Input { get; init; }

    /// <summary>Whether it reads and writes where this program does, rather than being captured: for hooks, which may ask or tell the user something, and for daemons, which may go on logging.</summary>
    public bool SharesStreams { get; init; }

    /// <summary>Variables that it gets beside those of this program.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = NoVariables;

    /// <summary>Asked to end (SIGTERM) when this is cancelled; it is waited for all the same.</summary>
    public CancellationToken Interruption { get; init; }

    private static Dictionary<string, string> NoVariables { get; } = new(StringComparer.Ordinal);

    /// <summary>The line as a person would type it, without quotes: as wg-quick shows it.</summary>
    public override string ToString() => string.Join(' ', Arguments.Prepend(Program));
}
