using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Text;

namespace PfsVpn.Cli.Metrics;

/// <summary>The values of one scrape. Samples look the same in both formats, so they are written at once, each to its family; what is around them comes at the end.</summary>
/// <remarks>Threading: one thread at a time.</remarks>
internal sealed class MetricSet
{
    private readonly Dictionary<MetricFamily, ArrayBufferWriter<byte>> _samples = [];

    /// <summary>Adds a sample.</summary>
    /// <param name="family">One of <see cref="MetricCatalog"/>.</param>
    /// <param name="value">The value, a number.</param>
    /// <param name="labels">The values of all labels of the family, in their order; any text.</param>
    public void Add(MetricFamily family, double value, params ReadOnlySpan<string> labels)
    {
        Debug.Assert(labels.Length == family.Labels.Count);
        if (!_samples.TryGetValue(family, out var text)) _samples.Add(family, text = new ArrayBufferWriter<byte>(256));
        Write(text, family.Name);
        for (var i = 0; i < labels.Length; i++)
        {
            Write(text, i == 0 ? "{" : ",");
            Write(text, family.Labels[i]);
            Write(text, "=\"");
            Write(text, Escape(labels[i]));
            Write(text, "\"");
        }
        Write(text, labels.Length == 0 ? " " : "} ");
        // Whole numbers as such: counters of bytes are exact to 2^53 and read well.
        if (!Utf8Formatter.TryFormat(value, text.GetSpan(32), out var length, Math.Abs(value) < 1e15 && Math.Floor(value) == value ? new StandardFormat('F', 0) : default))
            throw new InvalidOperationException("A number is longer than its room.");
        text.Advance(length);
        Write(text, "\n");
    }

    /// <summary>Adds a sample that says whether something is so.</summary>
    public void Add(MetricFamily family, bool value, params ReadOnlySpan<string> labels) => Add(family, value ? 1 : 0, labels);

    /// <summary>Takes over all samples of another set, which has none of the same labels.</summary>
    public void Add(MetricSet other)
    {
        foreach (var (family, samples) in other._samples)
        {
            if (!_samples.TryAdd(family, samples)) _samples[family].Write(samples.WrittenSpan);
        }
    }

    /// <summary>The whole text, families without samples left out.</summary>
    /// <param name="openMetrics">Whether the format is OpenMetrics 1.0.0; otherwise it is Prometheus text 0.0.4.</param>
    public byte[] ToText(bool openMetrics)
    {
        var text = new ArrayBufferWriter<byte>(64 * 1024);
        foreach (var family in MetricCatalog.All)
        {
            if (!_samples.TryGetValue(family, out var samples)) continue;
            var name = openMetrics ? family.OpenMetricsName : family.Name;
            Write(text, $"# HELP {name} {family.Help}\n# TYPE {name} {family.TypeWord}\n");
            text.Write(samples.WrittenSpan);
        }
        if (openMetrics) Write(text, "# EOF\n");
        return text.WrittenSpan.ToArray();
    }

    /// <summary>A label's value: backslash, quote and line feed are escaped in both formats. Nothing else may end a line for any reader.</summary>
    private static string Escape(string value)
    {
        if (value.AsSpan().IndexOfAny('\\', '"', '\n') < 0 && !value.Any(char.IsControl)) return value;
        var escaped = new StringBuilder(value.Length + 8);
        foreach (var character in value)
        {
            _ = character switch
            {
                '\\' => escaped.Append(@"\\"),
                '"' => escaped.Append("\\\""),
                '\n' => escaped.Append(@"\n"),
                _ => escaped.Append(char.IsControl(character) ? '?' : character),
            };
        }
        return escaped.ToString();
    }

    private static void Write(ArrayBufferWriter<byte> text, ReadOnlySpan<char> characters) => Encoding.UTF8.GetBytes(characters, text);
}
