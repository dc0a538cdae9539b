using System.Globalization;

namespace PfsVpn.PeerBench;

/// <summary>One line of the table: medians, their ratio, and whether the target is reached.</summary>
internal sealed record ReportRow(Figure Figure, IReadOnlyList<double?> Medians, double? Ratio, double? LowestRatio, double? HighestRatio, string Reached)
{
    /// <summary>What stands where there is nothing.</summary>
    public const string Nothing = "";

    /// <summary>The rows of all figures that have a value, in the order of the measurements.</summary>
    public static IReadOnlyList<ReportRow> Of(ResultSet results, IReadOnlyList<Implementation> implementations) =>
        [.. Measurements.All.SelectMany(m => m.Figures).Where(results.Has).Select(f => Of(f, results, implementations))];

    /// <summary>The headings, in the order of <see cref="Cells"/>.</summary>
    public static IReadOnlyList<string> Headings(IReadOnlyList<Implementation> implementations) =>
        ["figure", "unit", .. implementations.Select(i => i.Label), "ratio", "by round", "must", "aim", "reached"];

    /// <summary>The texts of the columns.</summary>
    public IReadOnlyList<string> Cells() =>
    [
        Figure.Name,
        Figure.Unit,
        .. Medians.Select(m => m is { } value ? value.ToString("N" + Figure.Decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : "failed"),
        Short(Ratio),
        LowestRatio is null ? Nothing : $"{Short(LowestRatio)} to {Short(HighestRatio)}",
        Limit(Figure.Target?.Must),
        Limit(Figure.Target?.Aim),
        Reached,
    ];

    private static ReportRow Of(Figure figure, ResultSet results, IReadOnlyList<Implementation> implementations)
    {
        var (ours, theirs) = (results.Median(figure, ImplementationKind.PfsVpn), results.Median(figure, ImplementationKind.WireGuardGo));
        var ratio = theirs > 0 ? ours / theirs : null;
        var judged = figure.Target is { IsRatio: true } ? ratio : ours;
        var reached = figure.Target is { } target && judged is { } value ? target.Judge(value, figure.Better) : Nothing;
        var rounds = results.RatiosByRound(figure);
        return new ReportRow(
            figure, [.. implementations.Select(i => results.Median(figure, i.Kind))], ratio, rounds.Count > 1 ? rounds.Min() : null, rounds.Count > 1 ? rounds.Max() : null, reached);
    }

    private static string Short(double? value) => value?.ToString("0.00", CultureInfo.InvariantCulture) ?? Nothing;

    private string Limit(double? value) => value switch
    {
        null => Nothing,
        _ => value.Value.ToString("0.##", CultureInfo.InvariantCulture) + (Figure.Target!.IsRatio ? "" : " " + Figure.Unit),
    };
}
