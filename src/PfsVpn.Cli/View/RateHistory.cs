namespace PfsVpn.Cli.View;

/// <summary>The latest rates of something, for a sparkline. Sizes: nothing while there was no traffic, then 32 values.</summary>
internal sealed class RateHistory
{
    /// <summary>How many are kept.</summary>
    public const int Capacity = 32;

    private float[]? _values;
    private int _next, _count;

    /// <summary>The latest.</summary>
    public double Latest { get; private set; }

    /// <summary>Takes a rate in bytes per second.</summary>
    public void Push(double rate)
    {
        Latest = rate;
        _count = Math.Min(_count + 1, Capacity);
        // Most of many peers are silent for ever.
        if (rate > 0) _values ??= new float[Capacity];
        if (_values is not null) _values[_next] = (float)rate;
        _next = (_next + 1) % Capacity;
    }

    /// <summary>Copies the latest, the newest last. Returns how many there are; the others stay what they were.</summary>
    public int CopyTo(Span<float> destination)
    {
        var count = Math.Min(_count, destination.Length);
        for (var i = 0; i < count; i++) destination[destination.Length - 1 - i] = _values is null ? 0 : _values[(_next - 1 - i + Capacity) % Capacity];
        return count;
    }

    /// <summary>Forgets all: what comes next has nothing to do with it.</summary>
    public void Clear()
    {
        (_values, _next, _count, Latest) = (null, 0, 0, 0);
    }
}
