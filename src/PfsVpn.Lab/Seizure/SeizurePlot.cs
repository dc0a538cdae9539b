using System.Globalization;
using PfsVpn.Lab.Charts;

namespace PfsVpn.Lab.Seizure;

/// <summary>Readable traffic against age, a panel for each outcome.</summary>
internal static class SeizurePlot
{
    private const int Width = 760;
    private const int Left = 64;
    private const int Right = 24;
    private const int Top = 78;
    private const int PanelHeight = 130;
    private const int PanelStep = 210;

    /// <summary>The picture.</summary>
    public static string Write(params IReadOnlyList<SeizureOutcome> outcomes)
    {
        var page = new SvgPage(Width, Top + (outcomes.Count * PanelStep) - 6, "What a seizure lets an attacker read of recorded traffic, by its age");
        for (var i = 0; i < outcomes.Count; i++) Panel(page, Top + (i * PanelStep), outcomes[i]);
        return page.ToString();
    }

    private static void Panel(SvgPage page, int top, SeizureOutcome outcome)
    {
        var bottom = top + PanelHeight;
        var plot = Width - Left - Right;
        page.Text(Left, top - 14, string.Create(CultureInfo.InvariantCulture, $"{outcome.Name}: {outcome.Read} of {outcome.Messages.Count} messages read"), bold: true);
        foreach (var share in (ReadOnlySpan<double>)[0, 0.5, 1])
        {
            var y = bottom - (share * PanelHeight);
            page.Line(Left, y, Width - Right, y).Text(Left - 8, y + 4, string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %"), "quiet", "end", 11);
        }
        var buckets = AgeBucket.Of(outcome);
        var step = plot / (double)buckets.Count;
        for (var i = 0; i < buckets.Count; i++)
        {
            // The seizure is at the right, the past at the left.
            var x = Width - Right - ((i + 1) * step);
            page.Bar(x + 2, top, step - 4, PanelHeight, "back");
            page.Bar(x + 2, bottom - (buckets[i].Share * PanelHeight), step - 4, buckets[i].Share * PanelHeight, "open");
            page.Text(x, bottom + 16, string.Create(CultureInfo.InvariantCulture, $"{buckets[i].To.TotalSeconds:0.#} s"), "quiet", "middle", 11);
        }
        page.Line(Left, bottom, Width - Right, bottom, "axis");
        page.Text(Width - Right, bottom + 34, "seizure", "quiet", "end", 11);
        page.Text(Left, bottom + 34, "age of the message at the seizure; the height is the share that could be read", "quiet", size: 11);
    }
}
