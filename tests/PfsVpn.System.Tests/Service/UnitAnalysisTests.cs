using System.Globalization;
using System.Text.RegularExpressions;
using PfsVpn.SystemTests.Daemon;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Service;

/// <summary>What systemd's own tool says about the units, without a systemd that runs.</summary>
public sealed partial class UnitAnalysisTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("service-").FullName;

    public UnitAnalysisTests()
    {
        // Verification looks whether programs are there: those of this build are.
        foreach (var path in Directory.GetFiles(Path.Combine(UnitFile.RepositoryFolder(), "configs"), "pfsvpn*"))
            File.WriteAllText(Path.Combine(_folder, Path.GetFileName(path)), File.ReadAllText(path).Replace("/usr/local/bin/", AppContext.BaseDirectory, StringComparison.Ordinal));
    }

    [AnalyzeTheory]
    [InlineData("pfsvpn@wg0.service")]
    [InlineData("pfsvpnd@wg0.service")]
    [InlineData("pfsvpn-metrics.service")]
    [InlineData("pfsvpn.target")]
    public void Verification_finds_nothing(string unit)
    {
        var result = Command.Run([("SYSTEMD_UNIT_PATH", _folder + ":")], "systemd-analyze", "verify", "--man=no", unit);
        // What other units of the host have wrong is not ours.
        var ours = (result.Output + result.Error).Split('\n').Where(static line => line.Contains("pfsvpn", StringComparison.Ordinal));
        Assert.Empty(ours);
        Assert.Equal(0, result.ExitCode);
    }

    [AnalyzeTheory]
    [InlineData("pfsvpn@.service")]
    [InlineData("pfsvpnd@.service")]
    [InlineData("pfsvpn-metrics.service")]
    public void The_exposure_is_not_above_the_documented_one(string unit)
    {
        var said = Command.Require("systemd-analyze", "security", "--offline=true", "--no-pager", Path.Combine(_folder, unit));
        var measured = Number(Overall().Match(said).Groups["score"].Value);
        var row = File.ReadLines(Path.Combine(UnitFile.RepositoryFolder(), "docs", "service.md")).Single(line => line.StartsWith($"| `{unit}` | ", StringComparison.Ordinal));
        var documented = Number(row.Split('|')[2].Trim());
        Assert.InRange(measured, 0.1, documented);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Overall exposure level for \S+: (?<score>[0-9.]+) ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: -1)]
    private static partial Regex Overall();

    private sealed class AnalyzeTheoryAttribute : TheoryAttribute
    {
        public AnalyzeTheoryAttribute() => Skip = Requirements.Skip(Requirements.Find("systemd-analyze") is null ? "needs systemd-analyze" : null);
    }
}
