using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using PfsVpn.Cli.Control;

namespace PfsVpn.Cli.Metrics;

/// <summary>Asks all daemons and collects what they say.</summary>
/// <param name="directory">Where the control sockets are.</param>
/// <param name="names">The interfaces; none for all that there are at the moment.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class MetricsCollector(string directory, IReadOnlyList<string> names, TimeProvider clock)
{
    /// <summary>Daemons asked at the same time, so that one that hangs does not hold up all others.</summary>
    private const int Together = 8;

    /// <summary>The values now, and what could not be asked, in words. Never throws for what a daemon does.</summary>
    public (MetricSet Values, IReadOnlyList<string> Complaints) Collect()
    {
        var watch = Stopwatch.StartNew();
        var set = new MetricSet();
        var complaints = new List<string>();
        set.Add(MetricCatalog.ExporterInfo, 1, HelpText.Number);
        var interfaces = Names(complaints);
        var answers = new (MetricSet? Values, string? Complaint)[interfaces.Count];
        Parallel.For(0, interfaces.Count, new ParallelOptions { MaxDegreeOfParallelism = Together }, i => answers[i] = Ask(interfaces[i]));
        for (var i = 0; i < answers.Length; i++)
        {
            set.Add(MetricCatalog.Up, answers[i].Values is not null, interfaces[i]);
            if (answers[i].Values is { } values) set.Add(values);
            else complaints.Add($"Unable to access interface {interfaces[i]}: {answers[i].Complaint}");
        }
        set.Add(MetricCatalog.ScrapeDuration, Math.Round(watch.Elapsed.TotalSeconds, 6));
        return (set, complaints);
    }

    private IReadOnlyList<string> Names(List<string> complaints)
    {
        if (names.Count != 0) return names;
        try
        {
            return ControlSocket.List(directory);
        }
        catch (ControlException unreadable)
        {
            complaints.Add($"Unable to list interfaces: {unreadable.Message}");
            return [];
        }
    }

    /// <summary>What one daemon says, or what is wrong with it; half an answer is none.</summary>
    private (MetricSet? Values, string? Complaint) Ask(string name)
    {
        try
        {
            var set = new MetricSet();
            using var status = DaemonQuestion.ReadStatus(directory, name);
            var isComplete = status is not null && StatusMetrics.Add(set, name, status.RootElement);
            if (!isComplete) GetMetrics.Add(set, directory, name, alone: status is null, clock.GetUtcNow());
            return (set, null);
        }
        catch (Exception failure) when (failure is SocketException or ControlException or JsonException or PfsVpn.Crypto.SecretMemoryException)
        {
            return (null, failure is JsonException ? "the daemon's answer is malformed" : failure.Message);
        }
    }
}
