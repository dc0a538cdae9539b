namespace PfsVpn.PeerBench;

/// <summary>Memory of a daemon of the tunnel as it is now: the mean of both ends.</summary>
internal sealed class MemoryMeasurement : Measurement
{
    private readonly Figure _resident;
    private readonly Figure _proportional;

    /// <summary>A look at the memory at some moment, which <paramref name="label"/> names.</summary>
    public MemoryMeasurement(string name, string label, Target? target) : base(name)
    {
        _resident = new Figure("memory", label, "MB", Better.Less, 1, target);
        _proportional = new Figure("memory", label + ", proportional", "MB", Better.Less, 1);
    }

    public override IReadOnlyList<Figure> Figures => [_resident, _proportional];

    public override async Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop)
    {
        await Task.Delay(300, stop);
        var resident = (_resident, (tunnel.Left.ResidentBytes + tunnel.Right.ResidentBytes) / 2e6);
        return tunnel.Left.ProportionalBytes + tunnel.Right.ProportionalBytes is { } proportional ? [resident, (_proportional, proportional / 2e6)] : [resident];
    }
}
