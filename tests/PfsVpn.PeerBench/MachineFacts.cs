using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace PfsVpn.PeerBench;

/// <summary>What the figures were measured on, without names of machines or folders.</summary>
internal sealed record MachineFacts(IReadOnlyList<(string Name, string Value)> Facts)
{
    /// <summary>One line for each.</summary>
    public string Summary => string.Join('\n', Facts.Select(f => $"{f.Name}: {f.Value}"));

    /// <summary>Looks at the machine and at the programs.</summary>
    public static async Task<MachineFacts> ReadAsync(BenchOptions options, CancellationToken stop)
    {
        var processors = ReadLines("/proc/cpuinfo");
        var facts = new List<(string, string)>
        {
            ("date", DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)),
            ("processor", $"{Value(processors, "model name", ':')}, {Environment.ProcessorCount} cores, {VectorUnits(Value(processors, "flags", ':'))}"),
            ("memory", string.Create(CultureInfo.InvariantCulture, $"{ProcFiles.Kilobytes(string.Join('\n', ReadLines("/proc/meminfo")), "MemTotal") / 1e6:0} GB")),
            ("system", $"{Value(ReadLines("/etc/os-release"), "PRETTY_NAME", '=').Trim('"')}, Linux {string.Concat(ReadLines("/proc/sys/kernel/osrelease"))}"),
            ("TCP congestion control", string.Concat(ReadLines("/proc/sys/net/ipv4/tcp_congestion_control"))),
            (".NET", RuntimeInformation.FrameworkDescription),
        };
        foreach (var program in options.Implementations.SelectMany(i => new[] { i.Left, i.Right }).DistinctBy(p => p.Path, StringComparer.Ordinal))
            facts.Add((program.Name, await program.VersionAsync(stop)));
        facts.Add(("iperf3", (await Shell.RunAsync("iperf3", ["--version"], Shell.Short, stop)).Split('\n')[0]));
        facts.Add(("processors busy before the start", await BusyAsync(stop)));
        if (Settings() is { Length: > 0 } settings) facts.Add(("settings", settings));
        return new MachineFacts(facts);
    }

    /// <summary>What the machine does besides: it is in the figures too.</summary>
    private static async Task<string> BusyAsync(CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        var before = ProcFiles.BusySeconds(await File.ReadAllTextAsync("/proc/stat", stop));
        await Task.Delay(3000, stop);
        var busy = ProcFiles.BusySeconds(await File.ReadAllTextAsync("/proc/stat", stop)) - before;
        return string.Create(CultureInfo.InvariantCulture, $"{100 * busy / (watch.Elapsed.TotalSeconds * Environment.ProcessorCount):0} %");
    }

    private static string Settings()
    {
        // Those of the measurement itself are paths.
        var variables = Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(n => n.StartsWith("PFSVPN_", StringComparison.Ordinal) && n != "PFSVPN_CACHE");
        return string.Join(' ', variables.Order(StringComparer.Ordinal).Select(n => $"{n}={Environment.GetEnvironmentVariable(n)}"));
    }

    private static string VectorUnits(string flags)
    {
        var present = flags.Split(' ').Intersect(["avx2", "avx512f", "avx512ifma", "asimd"], StringComparer.Ordinal).ToArray();
        return present.Length == 0 ? "no vector units known" : string.Join(", ", present);
    }

    private static string Value(string[] lines, string name, char separator) =>
        lines.FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal))?.Split(separator, 2)[^1].Trim() ?? "unknown";

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (IOException)
        {
            return [];
        }
    }
}
