using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>TCP as fast as it goes, with the processor time that it costs.</summary>
internal sealed class TcpMeasurement : Measurement
{
    private readonly string _address;
    private readonly string[] _arguments;
    private readonly bool _fromRight;
    private readonly Figure _speed;
    private readonly Figure _daemons;
    private readonly Figure _machine;
    private readonly Figure _sender;
    private readonly Figure _receiver;
    private readonly Figure _retransmissions;

    /// <summary>A measurement of some streams; <paramref name="fromRight"/>: the right end sends.</summary>
    public TcpMeasurement(string name, string group, Target? target, int streams = 1, bool fromRight = false, string address = Tunnel.RightAddress) : base(name)
    {
        _address = address;
        _fromRight = fromRight;
        _arguments = ["--parallel", streams.ToString(CultureInfo.InvariantCulture), .. fromRight ? new[] { "--reverse" } : []];
        var costs = target is null ? (Daemons: null, Machine: null) : (Daemons: Target.Ratio(0.42, 0.33), Machine: Target.Ratio(0.5, 0.4));
        _speed = new Figure(group, "speed", "Mbit/s", Better.More, 0, target);
        _daemons = new Figure(group, "CPU, both daemons", "s/GB", Better.Less, 2, costs.Daemons);
        _machine = new Figure(group, "CPU, whole machine", "s/GB", Better.Less, 2, costs.Machine);
        _sender = new Figure(group, "CPU, sending daemon", "s/GB", Better.Less, 2);
        _receiver = new Figure(group, "CPU, receiving daemon", "s/GB", Better.Less, 2);
        _retransmissions = new Figure(group, "retransmissions", "", Better.Less);
    }

    public override IReadOnlyList<Figure> Figures => [_speed, _daemons, _machine, _sender, _receiver, _retransmissions];

    public override async Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop)
    {
        var before = CpuUse.Now(tunnel);
        var result = await Iperf.RunAsync(tunnel, _address, seconds, _arguments, stop);
        var used = CpuUse.Now(tunnel) - before;
        var gigabytes = result.ReceivedBytes / 1e9;
        if (gigabytes <= 0) throw new BenchException("nothing arrived");
        return
        [
            (_speed, result.ReceivedBitsPerSecond / 1e6),
            (_daemons, used.Daemons / gigabytes),
            (_machine, used.Machine / gigabytes),
            (_sender, (_fromRight ? used.Right : used.Left) / gigabytes),
            (_receiver, (_fromRight ? used.Left : used.Right) / gigabytes),
            (_retransmissions, result.Retransmissions),
        ];
    }
}
