using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace PfsVpn.Cli.Doctor;

/// <summary>What was found, for people or for scripts.</summary>
internal sealed class DoctorReport
{
    private const int VerdictWidth = 9, NameWidth = 13;
    private const string Red = "\e[1;31m", Yellow = "\e[33m", Green = "\e[32m", Grey = "\e[2m", Bold = "\e[1m", Plain = "\e[0m";

    private readonly List<(string? Tunnel, string Check, Finding Finding)> _all = [];

    /// <summary>The worst of all; <see cref="Verdict.Ok"/> where nothing is wrong.</summary>
    public Verdict Worst => _all.Select(static entry => entry.Finding.Verdict).Append(Verdict.Ok).Max();

    /// <summary>Adds what one check found.</summary>
    public void Add(string? tunnel, string check, Finding finding) => _all.Add((tunnel, check, finding));

    /// <summary>The heading of the host, or of a tunnel with its file.</summary>
    public static string Heading(string text, bool colours) => colours ? $"{Bold}{text}{Plain}\n" : text + "\n";

    /// <summary>One finding in lines.</summary>
    public static string Line(string check, Finding finding, bool colours)
    {
        var (word, colour) = finding.Verdict switch
        {
            Verdict.Problem => ("PROBLEM", Red),
            Verdict.Warning => ("warning", Yellow),
            Verdict.Ok => ("ok", Green),
            _ => ("not seen", Grey),
        };
        var padded = word.PadRight(VerdictWidth);
        var text = $"  {(colours ? colour + padded + Plain : padded)} {check.PadRight(NameWidth)}{Printable(finding.What)}\n";
        return finding.Remedy is null ? text : $"{text}  {"",VerdictWidth} {"  to mend:".PadRight(NameWidth)}{Printable(finding.Remedy)}\n";
    }

    /// <summary>Words of files, rules and daemons must not move the cursor.</summary>
    private static string Printable(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(static letter => char.IsControl(letter) ? '?' : letter)) : text;

    /// <summary>The last line: how many there are, and where to begin.</summary>
    public string Summary()
    {
        var (problems, warnings) = (Count(Verdict.Problem), Count(Verdict.Warning));
        if (problems + warnings == 0) return "\nAll is well.\n";
        var text = new StringBuilder("\n");
        if (problems > 0) text.Append(CultureInfo.InvariantCulture, $"{problems} problem{(problems == 1 ? "" : "s")}");
        if (warnings > 0) text.Append(CultureInfo.InvariantCulture, $"{(problems > 0 ? ", " : "")}{warnings} warning{(warnings == 1 ? "" : "s")}");
        text.Append('.');
        if (problems > 1)
        {
            var first = _all.First(static entry => entry.Finding.Verdict == Verdict.Problem);
            text.Append($" Begin with the first ({(first.Tunnel is null ? "" : first.Tunnel + ": ")}{first.Check}): others may come from it.");
        }
        return text.Append('\n').ToString();
    }

    /// <summary>Everything as one JSON object on one line.</summary>
    public byte[] Json(string version)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("schema", 1);
            json.WriteString("version", version);
            json.WriteString("verdict", Word(Worst));
            json.WriteNumber("problems", Count(Verdict.Problem));
            json.WriteNumber("warnings", Count(Verdict.Warning));
            json.WriteStartArray("findings");
            foreach (var (tunnel, check, finding) in _all)
            {
                json.WriteStartObject();
                json.WriteString("tunnel", tunnel);
                json.WriteString("check", check);
                json.WriteString("verdict", Word(finding.Verdict));
                json.WriteString("what", finding.What);
                json.WriteString("remedy", finding.Remedy);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private int Count(Verdict verdict) => _all.Count(entry => entry.Finding.Verdict == verdict);

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Problem => "problem",
        Verdict.Warning => "warning",
        Verdict.Ok => "ok",
        _ => "skipped",
    };
}
