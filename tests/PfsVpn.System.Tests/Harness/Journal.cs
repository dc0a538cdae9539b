using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Harness;

/// <summary>What happened in one test, in order, with the logs of its daemons: written to the test's output when it ends.</summary>
public sealed class Journal(ITestOutputHelper output)
{
    private const int LongestInLines = 400;
    private static readonly Lock ReportGate = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    /// <summary>Adds a line.</summary>
    public void Add(string source, string line)
    {
        if (IsChatter(line)) return;
        _lines.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{_watch.Elapsed.TotalSeconds,8:0.000} {source}: {line}"));
        while (_lines.Count > 2 * LongestInLines) _lines.TryDequeue(out _);
    }

    /// <summary>A measurement, worth reading even where the test passes: it goes to the file that PFSVPN_TEST_REPORT names, too.</summary>
    public void Report(string line)
    {
        Add("result", line);
        if (Environment.GetEnvironmentVariable("PFSVPN_TEST_REPORT") is not { Length: > 0 } file) return;
        lock (ReportGate) File.AppendAllText(file, line + "\n");
    }

    /// <summary>Writes the latest lines to the test's output.</summary>
    public void Flush()
    {
        var text = new StringBuilder();
        foreach (var line in _lines.TakeLast(LongestInLines)) text.AppendLine(line);
        output.WriteLine(text.ToString());
    }

    // What the harness asks again and again, and what wireguard-go says of its threads and of the kernel.
    private static bool IsChatter(string line) =>
        (line.StartsWith("$ wg show", StringComparison.Ordinal) && !line.Contains("exit code", StringComparison.Ordinal)) ||
        line.Contains("Routine: ", StringComparison.Ordinal) || line.StartsWith('┌') || line.StartsWith('│') || line.StartsWith('└');
}
