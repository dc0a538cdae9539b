namespace PfsVpn.PeerBench;

/// <summary>Something that is done with a tunnel and yields values of its figures.</summary>
internal abstract class Measurement(string name)
{
    /// <summary>What --only knows it by.</summary>
    public string Name { get; } = name;

    /// <summary>Whether it is done only where --only names it.</summary>
    public bool IsExtra { get; init; }

    /// <summary>The rows of the table that it fills; none: it is always done.</summary>
    public abstract IReadOnlyList<Figure> Figures { get; }

    /// <summary>Measures once. Bounded in time; what fails or takes too long is a <see cref="BenchException"/>.</summary>
    /// <param name="tunnel">An idle tunnel.</param>
    /// <param name="seconds">How long a flow takes.</param>
    /// <param name="stop">Ends it early.</param>
    public abstract Task<IReadOnlyList<(Figure Figure, double Value)>> RunAsync(Tunnel tunnel, int seconds, CancellationToken stop);
}
