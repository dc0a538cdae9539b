using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>Round trips through the tunnel: while nothing else goes through it, or beside a TCP flow.</summary>
internal sealed class PingMeasurement : Measurement
{
    private const double Interval = 0.01;

    private readonly bool _underLoad;
    private readonly Figure _average;
    private readonly Figure _minimum;

    /// <summary>A measurement of round trips.</summary>
    public PingMeasurement(string name, bool underLoad) : base(name)
    {
        _underLoad = underLoad;
        var group = underLoad ? "ping during a TCP flow" : "ping, idle";
        _average = new Figure(group, "average", "µs", Better.Less, 0, underLoad ? Target.Ratio(0.5, 0.3) : Target.Ratio(0.95, 0.7));
        _minimum = new Figure(group, "minimum", "µs", Better.Less);
    }

    public override IReadOnlyList<Figure> Figures => [_average, _minimum];

    public override async Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop)
    {
        if (!_underLoad) return await PingAsync(tunnel, Math.Max(1, seconds / 2), stop);
        var flow = Iperf.RunAsync(tunnel, Tunnel.RightAddress, seconds, [], stop);
        // The flow has reached its speed after this.
        await Task.WhenAny(flow, Task.Delay(500, stop));
        var values = seconds == 1 ? PingAsync(tunnel, 0.5, stop) : PingAsync(tunnel, seconds - 1, stop);
        await Task.WhenAll(flow, values);
        return await values;
    }

    private async Task<IReadOnlyList<(Figure Figure, double Value)>> PingAsync(Tunnel tunnel, double seconds, CancellationToken stop)
    {
        var count = (int)(seconds / Interval);
        string[] arguments =
        [
            "-n", "-q", "-i", Interval.ToString(CultureInfo.InvariantCulture), "-c", count.ToString(CultureInfo.InvariantCulture),
            "-W", "1", "-w", Math.Ceiling(seconds + 2).ToString(CultureInfo.InvariantCulture), Tunnel.RightAddress,
        ];
        var result = PingResult.Parse(await tunnel.Bed.Left.RunAsync("ping", arguments, TimeSpan.FromSeconds(seconds + 10), stop));
        return [(_average, result.Average), (_minimum, result.Minimum)];
    }
}
