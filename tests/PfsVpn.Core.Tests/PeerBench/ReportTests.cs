using PfsVpn.PeerBench;

namespace PfsVpn.Tests.PeerBench;

/// <summary>What the measurement beside wireguard-go makes of its values.</summary>
public class ReportTests
{
    private static readonly Implementation[] Both =
    [
        new(ImplementationKind.PfsVpn, "PfsVpn", new DaemonProgram("a", "a", []), new DaemonProgram("a", "a", [])),
        new(ImplementationKind.WireGuardGo, "wireguard-go", new DaemonProgram("b", "b", []), new DaemonProgram("b", "b", [])),
    ];

    [Theory]
    [InlineData(new[] { 5.0 }, 5)]
    [InlineData(new[] { 9.0, 1, 5 }, 5)]
    [InlineData(new[] { 9.0, 1, 5, 6 }, 5.5)]
    public void The_median_is_the_middle(double[] values, double median) => Assert.Equal(median, Statistics.Median(values));

    [Theory]
    [InlineData(2.7, true, "aim")]
    [InlineData(2.2, true, "must")]
    [InlineData(2.1, true, "no")]
    [InlineData(2.1, false, "aim")]
    [InlineData(2.7, false, "no")]
    public void A_target_is_reached_from_the_right_side(double value, bool moreIsBetter, string reached) =>
        Assert.Equal(reached, moreIsBetter ? Target.Ratio(2.2, 2.6).Judge(value, Better.More) : Target.Ratio(2.6, 2.2).Judge(value, Better.Less));

    [Fact]
    public void A_row_has_the_ratio_of_the_medians_and_the_range_of_the_rounds_that_both_have()
    {
        var figure = Measurements.All.SelectMany(m => m.Figures).First(f => f.Target is { IsRatio: true } && f.Better == Better.More);
        var results = new ResultSet();
        foreach (var (round, value) in new[] { (1, 20.0), (2, 30), (3, 60) }) results.Add(round, ImplementationKind.PfsVpn, figure, value);
        foreach (var (round, value) in new[] { (1, 10.0), (3, 12) }) results.Add(round, ImplementationKind.WireGuardGo, figure, value);
        var row = Assert.Single(ReportRow.Of(results, Both));
        Assert.Equal(30.0 / 11, row.Ratio!.Value, 6);
        Assert.Equal((2.0, 5.0), (row.LowestRatio, row.HighestRatio));
        Assert.Equal("aim", row.Reached);
    }

    [Fact]
    public void What_only_one_implementation_managed_has_no_ratio_and_is_not_judged_by_it()
    {
        var figure = Measurements.All.SelectMany(m => m.Figures).First(f => f.Target is { IsRatio: true });
        var results = new ResultSet();
        results.Add(1, ImplementationKind.PfsVpn, figure, 1);
        var row = Assert.Single(ReportRow.Of(results, Both));
        Assert.Null(row.Ratio);
        Assert.Equal("", row.Reached);
        Assert.Equal("failed", row.Cells()[3]);
    }

    [Fact]
    public void A_new_report_replaces_the_old_one_and_keeps_what_stands_around_it()
    {
        var first = MarkdownReport.Merge("", "old\n");
        var second = MarkdownReport.Merge(first.Replace("# Performance", "# Performance\n\nbefore", StringComparison.Ordinal) + "\nbehind\n", "new\n");
        Assert.StartsWith("# Performance\n\nbefore\n", second, StringComparison.Ordinal);
        Assert.EndsWith("\nbehind\n", second, StringComparison.Ordinal);
        Assert.Contains("\nnew\n", second, StringComparison.Ordinal);
        Assert.DoesNotContain("old", second, StringComparison.Ordinal);
        Assert.Equal(second, MarkdownReport.Merge(second, "new\n"));
    }

    [Fact]
    public void The_plot_is_well_formed_and_has_a_bar_for_each_ratio_with_a_target()
    {
        var results = new ResultSet();
        var figures = Measurements.All.SelectMany(m => m.Figures).ToArray();
        foreach (var figure in figures)
        {
            results.Add(1, ImplementationKind.PfsVpn, figure, 2);
            results.Add(1, ImplementationKind.WireGuardGo, figure, 1);
        }
        var plot = System.Xml.Linq.XDocument.Parse(RatioPlot.Write(ReportRow.Of(results, Both)));
        var bars = plot.Descendants().Count(e => e.Name.LocalName == "rect" && (string?)e.Attribute("height") == "14");
        Assert.Equal(figures.Count(f => f.Target is { IsRatio: true }), bars);
    }
}
