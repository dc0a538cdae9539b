using System.Globalization;
using System.Text;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.Commands;

/// <summary><c>secrecy</c>: what a seizure of this machine would give away now, and how the keys before have ended.</summary>
internal sealed class SecrecyCommand : ICliCommand
{
    private const string Json = "--json", Watch = "--watch";
    private const int LongestIntervalSeconds = 24 * 60 * 60;

    /// <inheritdoc/>
    public string Name => "secrecy";

    /// <inheritdoc/>
    public string Summary => "Shows which keys exist, what they would give away now, and how others ended";

    /// <inheritdoc/>
    public string Arguments => "[<interface> | all] [--json] [--watch[=<seconds>]]";

    /// <inheritdoc/>
    public string Details =>
        """
        For each interface: how much recorded traffic could be read if this machine were seized now. That is what was sealed and opened on the
        session keys that still exist, and the age of the oldest of them. Below it each peer's keys, the protections of the daemon's process with
        what to do where one does not hold, and the latest ends of keys with their reasons.

          --json              one line with one JSON object for each interface, for monitoring: docs/json.md describes it
          --watch[=SECONDS]   again every second, or as often as it says, until it is interrupted

        Environment:
          WG_COLOR_MODE   always, never, or auto: colours on a terminal only
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var (name, json, interval) = (default(string), false, default(TimeSpan?));
        foreach (var word in arguments)
        {
            if (word == Json && !json) json = true;
            else if (word == Watch && interval is null) interval = TimeSpan.FromSeconds(1);
            else if (word.StartsWith(Watch + "=", StringComparison.Ordinal) && interval is null) interval = Interval(word[(Watch.Length + 1)..]);
            else if (word.StartsWith('-')) throw new UsageException($"Invalid option: `{word}'");
            else if (name is null) name = word;
            else throw new UsageException();
        }
        if (name == "all") name = null;
        return interval is { } pause ? WatchForEver(context, name, json, pause) : ShowOnce(context, name, json);
    }

    private static TimeSpan Interval(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 1 and <= LongestIntervalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"Invalid interval: `{text}', expected 1 to {LongestIntervalSeconds} seconds");

    private static int ShowOnce(CliContext context, string? name, bool json)
    {
        var text = new StringBuilder();
        var (asked, shown) = Append(context, text, name, json, failure =>
        {
            if (name is not null) throw new CliException(failure);
            context.Error.WriteLine(failure);
        });
        context.Output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        return asked == 0 || shown != 0 ? 0 : 1;
    }

    /// <summary>Ends by an interrupt, or when nobody reads any more. An interface that goes away is said to be gone; it may come back.</summary>
    private static int WatchForEver(CliContext context, string? name, bool json, TimeSpan interval)
    {
        var screen = new WatchScreen(context.Output, context.OutputIsTerminal && !json, context.TerminalSize);
        // An interface that never was is a mistake to complain about, not to wait for.
        if (name is not null) _ = DeviceAccess.ReadSecrecyText(context, name);
        while (true)
        {
            var text = new StringBuilder();
            if (json)
            {
                Append(context, text, name, json: true, context.Error.WriteLine);
                context.Output.Write(Encoding.UTF8.GetBytes(text.ToString()));
            }
            else
            {
                text.Append(context.Clock.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)).Append("\n\n");
                var (asked, _) = Append(context, text, name, json: false, failure => text.Append(failure).Append('\n'));
                if (asked == 0) text.Append("There are no interfaces.\n");
                screen.Show(text.ToString());
            }
            context.Sleep(interval);
        }
    }

    /// <summary>Appends one interface, or all. Returns how many were asked, and how many answered.</summary>
    private static (int Asked, int Shown) Append(CliContext context, StringBuilder text, string? name, bool json, Action<string> complain)
    {
        List<string> names = name is null ? DeviceAccess.List(context) : [name];
        var shown = 0;
        foreach (var one in names)
        {
            try
            {
                if (json)
                {
                    text.Append(SecrecyReader.ReadText(context, one)).Append('\n');
                }
                else
                {
                    var state = SecrecyReader.Read(context, one);
                    if (shown > 0) text.Append('\n');
                    new SecrecyPrinter(text, WantsColours(context)).Print(state);
                }
                shown++;
            }
            catch (ControlException unreachable)
            {
                complain($"Unable to access interface {one}: {unreachable.Message}");
            }
        }
        if (shown > 0 && !json) text.Append('\n').Append(SecrecyPrinter.Limits);
        return (names.Count, shown);
    }

    private static bool WantsColours(CliContext context) => context.Environment("WG_COLOR_MODE") switch
    {
        "always" => true,
        "never" => false,
        _ => context.OutputIsTerminal,
    };
}
