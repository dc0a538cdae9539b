namespace PfsVpn.PeerBench;

/// <summary>A second of TCP each way, not counted: compilers and pools of buffers are then where they will stay.</summary>
internal sealed class WarmUp() : Measurement("warm-up")
{
    public override IReadOnlyList<Figure> Figures => [];

    public override async Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop)
    {
        await Iperf.RunAsync(tunnel, Tunnel.RightAddress, 1, [], stop);
        await Iperf.RunAsync(tunnel, Tunnel.RightAddress, 1, ["--reverse"], stop);
        return [];
    }
}
