using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>UDP datagrams of one size: as many as the sender can make, or at a fixed rate, where the processor time of each counts.</summary>
internal sealed class UdpMeasurement : Measurement
{
    private readonly int _payload;
    private readonly int _rate;
    private readonly Figure _delivered;
    private readonly Figure _share;
    private readonly Figure _daemons;
    private readonly Figure _machine;

    /// <summary>Datagrams of <paramref name="payload"/> bytes; <paramref name="rate"/> a second, 0: a flood.</summary>
    public UdpMeasurement(string name, int payload, int rate) : base(name)
    {
        (_payload, _rate) = (payload, rate);
        var isFlood = rate == 0;
        var group = isFlood ? $"UDP {payload} B, flood" : $"UDP {payload} B, {rate / 1000}k packets/s";
        _delivered = new Figure(group, "delivered", "packets/s", Better.More, 0, isFlood ? Target.Ratio(3, 4.5) : null);
        _share = new Figure(group, "delivered of sent", "%", Better.More, 2);
        _daemons = new Figure(group, "CPU, both daemons", "µs/packet", Better.Less, 2, isFlood ? null : Target.Ratio(0.25, 0.18));
        _machine = new Figure(group, "CPU, whole machine", "µs/packet", Better.Less, 2);
    }

    public override IReadOnlyList<Figure> Figures => _rate == 0 ? [_delivered, _daemons, _machine] : [_daemons, _machine, _share];

    public override async Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop)
    {
        string[] arguments = ["--udp", "--length", Text(_payload), "--bitrate", Text(8L * _payload * _rate)];
        var before = CpuUse.Now(tunnel);
        var result = await Iperf.RunAsync(tunnel, Tunnel.RightAddress, seconds, arguments, stop);
        var used = CpuUse.Now(tunnel) - before;
        var packets = result.ReceivedBytes / _payload;
        if (packets < 1) throw new BenchException("nothing arrived");
        (Figure, double)[] all =
        [
            (_delivered, packets / result.Seconds),
            (_share, 100 * result.ReceivedBytes / result.SentBytes),
            (_daemons, used.Daemons / packets * 1e6),
            (_machine, used.Machine / packets * 1e6),
        ];
        return [.. all.Where(v => Figures.Contains(v.Item1))];
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
