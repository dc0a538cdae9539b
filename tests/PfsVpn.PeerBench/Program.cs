using System.Runtime.InteropServices;

namespace PfsVpn.PeerBench;

/// <summary>Measures PfsVpn beside wireguard-go. bench.sh does the set-up and starts it.</summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        if (Flooder.Run(arguments) is { } code) return code;
        var options = BenchOptions.Parse(arguments, out var complaint);
        if (options is null)
        {
            Console.Error.WriteLine($"bench: {complaint}");
            return 2;
        }
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        try
        {
            return await MeasureAsync(options, stop.Token);
        }
        catch (OperationCanceledException)
        {
            Console.Error.WriteLine("bench: stopped; everything is cleaned up");
            return 130;
        }
        catch (Exception e) when (e is BenchException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"bench: {e.Message}");
            return 1;
        }

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    private static async Task<int> MeasureAsync(BenchOptions options, CancellationToken stop)
    {
        var facts = await MachineFacts.ReadAsync(options, stop);
        Console.WriteLine(facts.Summary);
        var results = new ResultSet();
        await new BenchRun(options, results).RunAsync(stop);
        var rows = ReportRow.Of(results, options.Implementations);
        Console.WriteLine();
        Console.Write(ConsoleTable.Write(rows, options.Implementations));
        foreach (var failure in results.Failures) Console.WriteLine("failed: " + failure);
        Console.WriteLine($"failed measurements: {results.Failures.Count}");
        if (options.OutputFolder is { } folder) Write(folder, rows, results, facts, options);
        return results.IsEmpty ? 1 : 0;
    }

    private static void Write(string folder, IReadOnlyList<ReportRow> rows, ResultSet results, MachineFacts facts, BenchOptions options)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "performance.svg"), RatioPlot.Write(rows));
        var report = Path.Combine(folder, "performance.md");
        var before = File.Exists(report) ? File.ReadAllText(report) : "";
        File.WriteAllText(report, MarkdownReport.Merge(before, MarkdownReport.Write(rows, results, facts, options)));
        Console.WriteLine("written: performance.md and performance.svg");
    }
}
