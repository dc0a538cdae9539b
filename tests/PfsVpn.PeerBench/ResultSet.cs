namespace PfsVpn.PeerBench;

/// <summary>The values of all rounds, and what failed.</summary>
internal sealed class ResultSet
{
    private readonly Dictionary<(Figure Figure, ImplementationKind Kind), SortedDictionary<int, double>> _values = [];
    private readonly List<string> _failures = [];

    /// <summary>One line for each measurement of a round that failed.</summary>
    public IReadOnlyList<string> Failures => _failures;

    /// <summary>Whether nothing at all was measured.</summary>
    public bool IsEmpty => _values.Count == 0;

    /// <summary>Keeps a value of a round.</summary>
    public void Add(int round, ImplementationKind kind, Figure figure, double value)
    {
        if (!_values.TryGetValue((figure, kind), out var rounds)) _values[(figure, kind)] = rounds = [];
        rounds[round] = value;
    }

    /// <summary>Keeps a failure.</summary>
    public void Fail(int round, string implementation, string measurement, string message) => _failures.Add($"round {round}, {implementation}, {measurement}: {message}");

    /// <summary>Whether any implementation has a value of the figure.</summary>
    public bool Has(Figure figure) => _values.Keys.Any(k => k.Figure == figure);

    /// <summary>The median over the rounds; null without a value.</summary>
    public double? Median(Figure figure, ImplementationKind kind) => _values.TryGetValue((figure, kind), out var rounds) ? Statistics.Median(rounds.Values) : null;

    /// <summary>PfsVpn's value divided by wireguard-go's of the same round, for all rounds that have both.</summary>
    public IReadOnlyList<double> RatiosByRound(Figure figure)
    {
        if (!_values.TryGetValue((figure, ImplementationKind.PfsVpn), out var ours) || !_values.TryGetValue((figure, ImplementationKind.WireGuardGo), out var theirs)) return [];
        return [.. ours.Where(v => theirs.GetValueOrDefault(v.Key) > 0).Select(v => v.Value / theirs[v.Key])];
    }
}
