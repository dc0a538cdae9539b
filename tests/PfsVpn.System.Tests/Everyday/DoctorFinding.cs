using System.Text.Json;

namespace PfsVpn.SystemTests.Everyday;

/// <summary>One finding of `pfsvpn doctor --json`.</summary>
/// <param name="Tunnel">The interface; null for the host.</param>
/// <param name="Check">The check's name.</param>
/// <param name="Verdict">ok, warning, problem or skipped.</param>
/// <param name="What">What was seen.</param>
/// <param name="Remedy">How to mend it; empty where nothing is to be mended.</param>
internal sealed record DoctorFinding(string? Tunnel, string Check, string Verdict, string What, string Remedy)
{
    /// <summary>All of a report, in order.</summary>
    public static IReadOnlyList<DoctorFinding> Read(string report)
    {
        using var json = JsonDocument.Parse(report);
        return [.. json.RootElement.GetProperty("findings").EnumerateArray().Select(static finding => new DoctorFinding(
            finding.GetProperty("tunnel").GetString(), finding.GetProperty("check").GetString()!, finding.GetProperty("verdict").GetString()!, finding.GetProperty("what").GetString()!, finding.GetProperty("remedy").GetString() ?? ""))];
    }
}
