using System.Globalization;
using System.Security;
using System.Text;

namespace PfsVpn.PeerBench;

/// <summary>docs/performance.svg: a bar for each ratio that has a target, with marks for what must and what should be reached.</summary>
internal static class RatioPlot
{
    private const int Width = 860;
    private const int LabelWidth = 330;
    private const int PlotWidth = 430;
    private const int RowHeight = 24;
    private const int BarHeight = 14;
    private const int Top = 64;
    private const int GroupGap = 60;

    private const string Style = """
        <style>
          .page { fill: #ffffff } .text { fill: #1f2328 } .quiet { fill: #59636e } .grid { stroke: #d1d9e0 } .one { stroke: #59636e }
          .good { fill: #1a7f37 } .fair { fill: #4c8dd6 } .short { fill: #bc6c25 } .mark { stroke: #1f2328 }
          @media (prefers-color-scheme: dark) {
            .page { fill: #0d1117 } .text { fill: #e6edf3 } .quiet { fill: #9198a1 } .grid { stroke: #3d444d } .one { stroke: #9198a1 }
            .good { fill: #3fb950 } .fair { fill: #58a6ff } .short { fill: #db8b3c } .mark { stroke: #e6edf3 }
          }
        </style>

        """;

    /// <summary>The picture: more is better above, less is better below, each with its own scale.</summary>
    public static string Write(IReadOnlyList<ReportRow> rows)
    {
        var shown = rows.Where(r => r.Figure.Target is { IsRatio: true } && r.Ratio is not null).ToArray();
        var (more, less) = (shown.Where(r => r.Figure.Better == Better.More).ToArray(), shown.Where(r => r.Figure.Better == Better.Less).ToArray());
        var secondTop = Top + (more.Length * RowHeight) + GroupGap;
        var height = secondTop + (less.Length * RowHeight) + 60;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" width=\"{Width}\" height=\"{height}\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n");
        text.Append(Style);
        text.Append(CultureInfo.InvariantCulture, $"<rect class=\"page\" width=\"{Width}\" height=\"{height}\"/>\n");
        Text(text, 16, 24, "text", "PfsVpn / wireguard-go, medians of one run", "font-size=\"15\" font-weight=\"600\"");
        Group(text, Top, "more is better", more);
        Group(text, secondTop, "less is better", less);
        Legend(text, height - 16);
        return text.Append("</svg>\n").ToString();
    }

    private static void Group(StringBuilder text, int top, string title, ReportRow[] rows)
    {
        if (rows.Length == 0) return;
        var highest = Math.Max(1, rows.Max(r => Math.Max(r.Ratio!.Value, Math.Max(r.Figure.Target!.Must, r.Figure.Target.Aim)))) * 1.05;
        var step = highest > 3 ? 1 : highest > 1.6 ? 0.5 : 0.25;
        Text(text, 16, top - 8, "text", title, "font-weight=\"600\"");
        var bottom = top + (rows.Length * RowHeight);
        for (var value = 0.0; value <= highest; value += step)
        {
            var at = X(value, highest);
            // The line at 1 is wireguard-go itself.
            text.Append(CultureInfo.InvariantCulture, $"<line class=\"{(value == 1 ? "one" : "grid")}\" x1=\"{at:0.#}\" x2=\"{at:0.#}\" y1=\"{top}\" y2=\"{bottom}\"/>\n");
            Text(text, at, bottom + 14, "quiet", value.ToString("0.##", CultureInfo.InvariantCulture), "text-anchor=\"middle\" font-size=\"11\"");
        }
        for (var i = 0; i < rows.Length; i++) Bar(text, top + (i * RowHeight), rows[i], highest);
    }

    private static void Bar(StringBuilder text, int top, ReportRow row, double highest)
    {
        var (ratio, target) = (row.Ratio!.Value, row.Figure.Target!);
        var colour = row.Reached switch { "aim" => "good", "must" => "fair", _ => "short" };
        var (y, end) = (top + ((RowHeight - BarHeight) / 2), X(ratio, highest));
        Text(text, LabelWidth - 8, y + 11, "text", row.Figure.Name, "text-anchor=\"end\"");
        text.Append(CultureInfo.InvariantCulture, $"<rect class=\"{colour}\" x=\"{LabelWidth}\" y=\"{y}\" width=\"{end - LabelWidth:0.#}\" height=\"{BarHeight}\"/>\n");
        Mark(text, X(target.Must, highest), y, "stroke-width=\"2\"");
        Mark(text, X(target.Aim, highest), y, "stroke-width=\"2\" stroke-dasharray=\"3 2\"");
        Text(text, LabelWidth + PlotWidth + 12, y + 11, "text", ratio.ToString("0.00", CultureInfo.InvariantCulture), "");
    }

    private static void Mark(StringBuilder text, double at, int y, string attributes) =>
        text.Append(CultureInfo.InvariantCulture, $"<line class=\"mark\" x1=\"{at:0.#}\" x2=\"{at:0.#}\" y1=\"{y - 4}\" y2=\"{y + BarHeight + 4}\" {attributes}/>\n");

    private static void Legend(StringBuilder text, int y)
    {
        var x = 16;
        foreach (var (colour, label) in new[] { ("good", "aim reached"), ("fair", "must reached"), ("short", "not yet") })
        {
            text.Append(CultureInfo.InvariantCulture, $"<rect class=\"{colour}\" x=\"{x}\" y=\"{y - 10}\" width=\"12\" height=\"12\"/>\n");
            Text(text, x + 18, y, "text", label, "");
            x += 120;
        }
        Mark(text, x, y - 11, "stroke-width=\"2\"");
        Text(text, x + 8, y, "text", "must", "");
        Mark(text, x + 60, y - 11, "stroke-width=\"2\" stroke-dasharray=\"3 2\"");
        Text(text, x + 68, y, "text", "aim", "");
        Text(text, x + 120, y, "quiet", "1 = wireguard-go", "");
    }

    private static void Text(StringBuilder text, double x, double y, string style, string content, string attributes) =>
        text.Append(CultureInfo.InvariantCulture, $"<text class=\"{style}\" x=\"{x:0.#}\" y=\"{y:0.#}\" {attributes}>{SecurityElement.Escape(content)}</text>\n");

    private static double X(double value, double highest) => LabelWidth + (PlotWidth * value / highest);
}
