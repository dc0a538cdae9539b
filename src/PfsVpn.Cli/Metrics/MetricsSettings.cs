using System.Globalization;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.Metrics;

/// <summary>The words behind <c>metrics</c>.</summary>
/// <param name="Names">The interfaces; none for all.</param>
/// <param name="Address">Where to listen.</param>
/// <param name="Once">Whether the text is printed once instead.</param>
/// <param name="Format">How the log looks.</param>
/// <param name="ReportTo">The descriptor of a pipe that waits for readiness, or null. For <c>pfsvpnd --metrics</c>.</param>
/// <param name="EndsWith">The descriptor of a pipe whose end ends the program, or null. For <c>pfsvpnd --metrics</c>.</param>
internal sealed record MetricsSettings(IReadOnlyList<string> Names, ListenAddress Address, bool Once, LogFormat Format, int? ReportTo, int? EndsWith)
{
    /// <summary>Reads them.</summary>
    /// <exception cref="UsageException">They are not those of the command.</exception>
    public static MetricsSettings Parse(IReadOnlyList<string> words, Func<string, string?> variable)
    {
        var names = new List<string>();
        var (address, once, format, report, end) = (default(string), false, default(string), default(string), default(string));
        for (var i = 0; i < words.Count; i++)
        {
            var word = words[i];
            if (!word.StartsWith('-')) names.Add(word);
            else if (word == "--once" && !once) once = true;
            else if (Take(words, ref i, "--listen", ref address) || Take(words, ref i, LogFormats.Option, ref format) || Take(words, ref i, "--report-to", ref report) || Take(words, ref i, "--ends-with", ref end)) continue;
            else throw new UsageException($"Invalid option: `{word}'");
        }
        if (once && address is not null) throw new UsageException("--once prints the text and does not listen: leave --listen out");
        if (names is ["all"]) names.Clear();
        if (names.Distinct(StringComparer.Ordinal).Count() != names.Count) throw new UsageException("One interface is named twice");
        var listen = address is null ? ListenAddress.Default : ListenAddress.Read(address);
        return new MetricsSettings(names, listen, once, LogFormats.Read(format, variable), Descriptor(report), Descriptor(end));
    }

    /// <summary>Takes an option with its value, in one word or in two.</summary>
    private static bool Take(IReadOnlyList<string> words, ref int i, string option, ref string? value)
    {
        var word = words[i];
        if (word != option && !word.StartsWith(option + "=", StringComparison.Ordinal)) return false;
        if (value is not null) throw new UsageException($"{option} is given twice");
        if (word != option) value = word[(option.Length + 1)..];
        else value = i + 1 < words.Count ? words[++i] : throw new UsageException($"{option} lacks its value");
        return true;
    }

    private static int? Descriptor(string? text) =>
        text is null ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 2 ? number
        : throw new UsageException($"Invalid descriptor: `{text}'");
}
