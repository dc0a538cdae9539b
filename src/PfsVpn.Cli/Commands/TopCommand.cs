using System.Globalization;
using PfsVpn.Cli.View;

namespace PfsVpn.Cli.Commands;

/// <summary><c>top</c>: interfaces and peers live on a terminal.</summary>
internal sealed class TopCommand : ICliCommand
{
    private const string Interval = "--interval";
    private const double LeastSeconds = 0.1, MostSeconds = 3600;

    /// <inheritdoc/>
    public string Name => "top";

    /// <inheritdoc/>
    public string Summary => "Shows interfaces and peers live: states, rates, handshakes, exposure, drops";

    /// <inheritdoc/>
    public string Arguments => $"[<interface>] [{Interval} <seconds>]";

    /// <inheritdoc/>
    public string Details =>
        """
        Without an interface, all are shown, those too that come later. One that goes away is said to be gone, and is there again when it comes back.

          --interval SECONDS   how often daemons are asked: 0.1 to 3600, else every second

        Keys:
          n r h e s t     sort by name, rate, handshake, exposure, state, total; R turns the order round
          /               filter by text in name, key, endpoint, interface or state; Esc clears it
          Tab             the peers of one interface after the other, then of all
          Up Down PgUp PgDn Home End   scroll
          p               pause, and go on
          ?               what the keys do
          q, Ctrl-C       quit

        Environment:
          NO_COLOR        no colours, if it is not empty; WG_COLOR_MODE=never says the same
          LC_ALL, LANG    bars are ASCII where it does not say UTF-8

        It needs a terminal. For programs there is: pfsvpn show --json
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var (name, interval) = Parse(arguments);
        var state = NativeTerminal.StateOf(context.StandardInput);
        if (!context.OutputIsTerminal || state is null)
            throw new CliException($"top needs a terminal, and standard {(context.OutputIsTerminal ? "input" : "output")} is none. For programs there is: pfsvpn show --json");
        if (!TerminalTraits.CanMoveCursor(context.Environment))
            throw new CliException("top needs a terminal that can move its cursor, and TERM says that this one cannot. There are: pfsvpn show, and pfsvpn show --json");
        // An interface that never was is a mistake to complain about, not to wait for; and so is a directory that only root may read.
        if (name is null) _ = DeviceAccess.List(context);
        else DeviceAccess.Demand(context, name);
        using var program = new TopProgram(context, name, interval, state);
        return program.Run();
    }

    private static (string? Name, TimeSpan Interval) Parse(IReadOnlyList<string> arguments)
    {
        var (name, interval) = (default(string), default(TimeSpan?));
        for (var i = 0; i < arguments.Count; i++)
        {
            var word = arguments[i];
            if (word == Interval && interval is null && i + 1 < arguments.Count) interval = Seconds(arguments[++i]);
            else if (word.StartsWith(Interval + "=", StringComparison.Ordinal) && interval is null) interval = Seconds(word[(Interval.Length + 1)..]);
            else if (word.StartsWith('-')) throw new UsageException($"Invalid option: `{word}'");
            else if (name is null) name = word;
            else throw new UsageException();
        }
        return (name == "all" ? null : name, interval ?? TimeSpan.FromSeconds(1));
    }

    private static TimeSpan Seconds(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= LeastSeconds and <= MostSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"Invalid interval: `{text}', expected {LeastSeconds} to {MostSeconds} seconds"));
}
