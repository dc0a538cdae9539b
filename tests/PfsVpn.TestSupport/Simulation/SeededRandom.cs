using PfsVpn.Crypto;

namespace PfsVpn.TestSupport.Simulation;

/// <summary>Repeatable randomness for simulations.</summary>
internal sealed class SeededRandom(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    /// <inheritdoc/>
    public void Fill(Span<byte> destination)
    {
        lock (_random) _random.NextBytes(destination);
    }

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability)
    {
        lock (_random) return _random.NextDouble() < probability;
    }

    /// <summary>0 to <paramref name="limit"/> - 1.</summary>
    public int Next(int limit)
    {
        lock (_random) return _random.Next(limit);
    }
}
