namespace PfsVpn.PeerBench;

/// <summary>An implementation's place in a round: its two hosts and its tunnel, made when first wanted, and again after they were disposed.</summary>
internal sealed class Lane(Implementation implementation, string runId, int number) : IDisposable
{
    private Bed? _bed;
    private Tunnel? _tunnel;

    /// <summary>Whose it is.</summary>
    public Implementation Implementation { get; } = implementation;

    /// <summary>What a daemon of the tunnel said at its end; null while both run.</summary>
    public string? CauseOfDeath => _tunnel?.Left.CauseOfDeath ?? _tunnel?.Right.CauseOfDeath;

    /// <summary>The tunnel, its handshake done.</summary>
    public async Task<Tunnel> TunnelAsync(CancellationToken stop)
    {
        if (_tunnel is { IsAlive: true }) return _tunnel;
        Dispose();
        _bed = await Bed.CreateAsync(runId, number, stop);
        return _tunnel = await Tunnel.CreateAsync(_bed, Implementation, stop);
    }

    public void Dispose()
    {
        _tunnel?.Dispose();
        _tunnel = null;
        _bed?.Dispose();
        _bed = null;
    }
}
