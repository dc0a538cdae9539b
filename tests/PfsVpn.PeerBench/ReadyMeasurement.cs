namespace PfsVpn.PeerBench;

/// <summary>Starts the left end's daemon a few times, for another interface, until its control socket answers.</summary>
internal sealed class ReadyMeasurement : Measurement
{
    private const int Starts = 3;

    private readonly Figure _ready = new("start", "time to ready", "ms", Better.Less, 0, Target.Own(120, 70));

    public ReadyMeasurement(string name) : base(name)
    {
    }

    public override IReadOnlyList<Figure> Figures => [_ready];

    public override Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop) => Task.Run<IReadOnlyList<(Figure, double)>>(
        () =>
        {
            var times = new double[Starts];
            for (var i = 0; i < Starts; i++)
            {
                using var daemon = Daemon.Start(tunnel.Implementation.Left, tunnel.Bed.Left, tunnel.Bed.InterfacePrefix + "s", stop);
                times[i] = daemon.TimeToReady.TotalMilliseconds;
            }
            return [(_ready, Statistics.Median(times))];
        },
        stop);
}
