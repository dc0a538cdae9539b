using System.Diagnostics;
using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>
/// The rounds. In each, every implementation has a tunnel of its own, new and on hosts of its own, and a measurement is done with one right after the other,
/// in an order that turns with the round: what the machine does besides then meets all alike. Whoever is not measured is idle.
/// </summary>
internal sealed class BenchRun(BenchOptions options, ResultSet results)
{
    // Queues run dry and timers fire before the next measurement.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Does all rounds. A failure is kept in the results, and the rounds go on.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var watch = Stopwatch.StartNew();
        for (var round = 1; round <= options.Rounds; round++)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"round {round} of {options.Rounds}, after {watch.Elapsed.TotalSeconds:0} s"));
            await RoundAsync(round, stop);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"measured for {watch.Elapsed.TotalSeconds:0} s"));
    }

    private async Task RoundAsync(int round, CancellationToken stop)
    {
        var lanes = options.Implementations.Select((implementation, number) => new Lane(implementation, options.RunId, number)).ToArray();
        try
        {
            foreach (var measurement in Measurements.All.Where(m => m.Figures.Count == 0 || options.Wants(m)))
            {
                for (var i = 0; i < lanes.Length; i++) await MeasureAsync(round, lanes[(i + round - 1) % lanes.Length], measurement, stop);
            }
        }
        finally
        {
            foreach (var lane in lanes) lane.Dispose();
        }
    }

    private async Task MeasureAsync(int round, Lane lane, Measurement measurement, CancellationToken stop)
    {
        try
        {
            var tunnel = await lane.TunnelAsync(stop);
            foreach (var (figure, value) in await measurement.RunAsync(tunnel, options.Seconds, stop))
                results.Add(round, lane.Implementation.Kind, figure, value);
            tunnel.DemandRunning();
            await Task.Delay(Pause, stop);
        }
        catch (Exception e) when (e is BenchException or IOException or UnauthorizedAccessException)
        {
            var reason = lane.CauseOfDeath ?? e.Message;
            results.Fail(round, lane.Implementation.Label, measurement.Name, reason);
            Console.WriteLine($"  failed: {lane.Implementation.Label}, {measurement.Name}: {reason}");
            // The next measurement gets new hosts, whatever state these are in.
            lane.Dispose();
        }
    }
}
