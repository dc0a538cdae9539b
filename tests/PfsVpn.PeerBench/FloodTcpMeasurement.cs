namespace PfsVpn.PeerBench;

/// <summary>
/// TCP through the tunnel while its right end is flooded with initiations, as a share of the speed while the same flooder sends the same datagrams to a port of
/// the same host that discards them: what the flooder itself takes is in both.
/// </summary>
internal sealed class FloodTcpMeasurement : Measurement
{
    private readonly int _sources;
    private readonly Figure _share;
    private readonly Figure _rate;

    /// <summary>A flood from some source addresses.</summary>
    public FloodTcpMeasurement(string name, string group, int sources) : base(name)
    {
        _sources = sources;
        _share = new Figure(group, "TCP, one stream, of its speed beside discarded datagrams", "%", Better.More, 1, Target.Own(90, 95));
        _rate = new Figure(group, "initiations sent", "packets/s", Better.More);
    }

    public override IReadOnlyList<Figure> Figures => [_share, _rate];

    public override async Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop)
    {
        await Flood.PrepareAsync(tunnel.Bed, stop);
        var part = Math.Max(1, seconds / 4);
        var (with, without, rate) = (0.0, 0.0, 0.0);
        // One, two, two, one: a machine that gets slower or faster meanwhile does so for both.
        foreach (var discarded in new[] { true, false, false, true })
        {
            using var flood = await Flood.StartAsync(tunnel, _sources, discarded, stop);
            var speed = (await Iperf.RunAsync(tunnel, Tunnel.RightAddress, part, [], stop)).ReceivedBitsPerSecond;
            var sent = await flood.EndAsync(stop);
            if (discarded) without += speed;
            else (with, rate) = (with + speed, rate + (sent / 2));
        }
        return without > 0 ? [(_share, 100 * with / without), (_rate, rate)] : throw new BenchException("nothing arrived");
    }
}
