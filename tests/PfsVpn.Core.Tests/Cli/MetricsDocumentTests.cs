using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using PfsVpn.Cli.Metrics;

namespace PfsVpn.Tests.Cli;

/// <summary>docs/metrics.md and the Grafana dashboard name what is exported, all of it, and nothing else.</summary>
public sealed partial class MetricsDocumentTests
{
    private static readonly string Dashboard = File.ReadAllText(Find("configs/grafana-dashboard.json"));

    [Fact]
    public void The_list_in_the_documentation_is_the_list_of_the_program()
    {
        var documented = File.ReadLines(Find("docs/metrics.md")).Where(static line => line.StartsWith("| `pfsvpn_", StringComparison.Ordinal));
        var exported = MetricCatalog.All.Select(static family => $"| `{family.Name}` | {family.TypeWord} | {string.Join(", ", family.Labels)} | {family.Help} |".Replace("|  |", "| |", StringComparison.Ordinal));
        Assert.Equal(exported, documented);
    }

    [Fact]
    public void The_dashboard_shows_every_metric_and_no_other()
    {
        var shown = Expressions().SelectMany(static text => MetricName().Matches(text)).Select(static match => match.Value).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        Assert.Equal(MetricCatalog.All.Select(static family => family.Name).Order(StringComparer.Ordinal), shown);
    }

    [Fact]
    public void The_dashboard_is_one_that_Grafana_can_import()
    {
        var dashboard = JsonElement.Parse(Dashboard);
        Assert.Equal("PfsVpn", dashboard.GetProperty("title").GetString());
        Assert.True(dashboard.GetProperty("schemaVersion").GetInt32() >= 36);
        var panels = dashboard.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(static panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        var taken = new HashSet<(int, int)>();
        foreach (var panel in panels)
        {
            var place = panel.GetProperty("gridPos");
            var (x, y, w, h) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32(), place.GetProperty("w").GetInt32(), place.GetProperty("h").GetInt32());
            Assert.True(x + w <= 24);
            for (var i = 0; i < w * h; i++) Assert.True(taken.Add((x + i % w, y + i / w)), $"{panel.GetProperty("title")} lies over another panel");
            if (panel.GetProperty("type").GetString() != "row") Assert.NotEqual(0, panel.GetProperty("targets").GetArrayLength());
        }
    }

    [ProgramFact("promtool")]
    public void Promtool_understands_every_query_of_the_dashboard()
    {
        var path = Path.GetTempFileName();
        try
        {
            var rules = Expressions().Select(static (text, i) => $"  - record: service:panel{i}\n    expr: |\n      {text.Replace("$__rate_interval", "5m", StringComparison.Ordinal)}\n");
            File.WriteAllText(path, "groups:\n- name: dashboard\n  rules:\n" + string.Concat(rules));
            using var process = Process.Start(new ProcessStartInfo("promtool", ["check", "rules", path]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var error = process.StandardError.ReadToEndAsync();
            var said = process.StandardOutput.ReadToEnd() + error.Result;
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, said);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static IEnumerable<string> Expressions() => JsonElement.Parse(Dashboard).GetProperty("panels").EnumerateArray()
        .Where(static panel => panel.TryGetProperty("targets", out _))
        .SelectMany(static panel => panel.GetProperty("targets").EnumerateArray()).Select(static target => target.GetProperty("expr").GetString()!);

    private static string Find(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "PfsVpn.sln"))) return Path.Combine(folder.FullName, file);
        }
        throw new DirectoryNotFoundException("The tests do not lie within the repository.");
    }

    [GeneratedRegex("pfsvpn_[a-z_]+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: -1)]
    private static partial Regex MetricName();
}
