namespace PfsVpn.Cli.Control;

/// <summary>Whether a daemon knows that its interface is up: before that it drops what is sent, and has no port that it could be refused.</summary>
/// <remarks>The daemon hears of the interface from the kernel, or has to take it for up where the namespace tells it nothing: milliseconds after it was set up.</remarks>
internal static class LinkReadiness
{
    /// <summary>How long to wait between two questions.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    /// <summary>Asks once; null where the daemon does not say, as another one than pfsvpnd.</summary>
    /// <exception cref="ControlException">The daemon cannot be reached, or says nonsense.</exception>
    public static bool? IsUp(CliContext context, string name)
    {
        if (StatusReader.TryRead(context, name) is not { } status) return null;
        return status.TryGetProperty("up", out var up) ? up.ValueKind == System.Text.Json.JsonValueKind.True : throw StatusReader.Nonsense("there is no `up'");
    }
}
