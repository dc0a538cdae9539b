using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Output;

/// <summary>Which <see cref="LogFormat"/> is wanted: by the option, or by the variable that <c>pfsvpnd</c> has, too, so that one line in a unit's drop-in does for all that a tunnel starts.</summary>
internal static class LogFormats
{
    /// <summary>The option.</summary>
    public const string Option = "--log-format";

    /// <summary>The variable, for where the option is not given.</summary>
    public const string Variable = "PFSVPN_LOG_FORMAT";

    /// <summary>The format that is wanted.</summary>
    /// <param name="value">What the option says, or null.</param>
    /// <param name="variable">Looks a variable of the environment up.</param>
    /// <exception cref="UsageException">It is neither text nor json.</exception>
    public static LogFormat Read(string? value, Func<string, string?> variable) => value is not null
        ? Parse(value) ?? throw new UsageException($"Invalid log format: `{value}', expected text or json")
        : variable(Variable) is { Length: > 0 } text ? Parse(text) ?? throw new UsageException($"{Variable} is `{text}', expected text or json") : LogFormat.Text;

    private static LogFormat? Parse(string text) => text switch
    {
        // The daemon has a third word; these programs find out by themselves whether the journal reads them.
        "text" or "journal" => LogFormat.Text,
        "json" => LogFormat.Json,
        _ => null,
    };
}
