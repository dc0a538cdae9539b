using System.Globalization;
using PfsVpn.Lab.Charts;

namespace PfsVpn.Lab.Policies;

/// <summary>The comparison as a picture: a bar for each policy, on a scale of powers of ten.</summary>
internal static class PolicyPlot
{
    private const int Width = 860;
    private const int LabelWidth = 312;
    private const int PlotWidth = 340;
    private const int RowHeight = 26;
    private const int BarHeight = 14;
    private const int Top = 78;

    /// <summary>The picture of the even traffic.</summary>
    public static string Write(IReadOnlyList<PolicyRow> rows)
    {
        var bottom = Top + (rows.Count * RowHeight);
        var page = new SvgPage(Width, bottom + 66, "Recorded traffic that a seizure at a random moment opens, by how keys are kept");
        page.Text(LabelWidth + PlotWidth + 78, Top - 12, "share of a day", "quiet", "end", 11).Text(Width - 16, Top - 12, "oldest", "quiet", "end", 11);
        foreach (var share in (ReadOnlySpan<double>)[0.0001, 0.001, 0.01, 0.1, 1])
        {
            var x = LabelWidth + (PlotWidth * (1 + (Math.Log10(share) / 4)));
            page.Line(x, Top, x, bottom).Text(x, bottom + 16, string.Create(CultureInfo.InvariantCulture, $"{share * 100:0.##} %"), "quiet", "middle", 11);
        }
        for (var i = 0; i < rows.Count; i++) Row(page, Top + (i * RowHeight), rows[i]);
        page.Line(LabelWidth, Top, LabelWidth, bottom, "axis");
        page.Text(16, bottom + 36, "Traffic all day. The scale is in powers of ten: each line is ten times the one before. Oldest: the age of the oldest traffic opened, at the worst moment;", "quiet", size: 11);
        page.Text(16, bottom + 52, "a dash where nothing ends it. Made with: pfsvpn lab policies --svg FILE, which also prints what is taken for granted.", "quiet", size: 11);
        return page.ToString();
    }

    private static void Row(SvgPage page, int top, PolicyRow row)
    {
        var y = top + ((RowHeight - BarHeight) / 2);
        var style = row.Policy.IsOwn ? "safe" : double.IsPositiveInfinity(row.Even.Longest) ? "open" : "other";
        page.Text(LabelWidth - 8, y + 11, row.Policy.Name, anchor: "end", bold: row.Policy.IsOwn);
        page.Bar(LabelWidth, y, PlotWidth * PolicyReport.Scale(row.Even.Share), BarHeight, style);
        page.Text(LabelWidth + PlotWidth + 78, y + 11, PolicyReport.Share(row.Even.Share), anchor: "end");
        page.Text(Width - 16, y + 11, PolicyReport.Age(row.Even.Longest), anchor: "end");
    }
}
