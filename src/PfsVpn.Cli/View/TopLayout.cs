using System.Globalization;
using PfsVpn.Timers;

namespace PfsVpn.Cli.View;

/// <summary>Lays a <see cref="TopModel"/> out on a screen of some size: lines and cells, not more than fit.</summary>
/// <param name="model">What is shown.</param>
/// <param name="isUnicode">Whether the terminal shows more than ASCII.</param>
/// <param name="interval">How often daemons are asked.</param>
internal sealed class TopLayout(TopModel model, bool isUnicode, TimeSpan interval)
{
    private const string ShortHelp = "q quit  / filter  n r h e s t sort  p pause  ? help";

    private static readonly string[] Help =
    [
        "sort: n name  r rate  h handshake  e exposure  s state  t total  R turn round",
        "/ filter by text (Enter keeps it, Esc clears it)  Tab one interface  p pause",
        "Up Down PgUp PgDn Home End scroll  Ctrl-L draw anew  ? help  q or Ctrl-C quit",
    ];

    /// <summary>How long a return is told.</summary>
    private static readonly TimeSpan BackShown = TimeSpan.FromSeconds(10);

    /// <summary>The view.</summary>
    /// <param name="rows">Rows of the terminal.</param>
    /// <param name="columns">Columns of the terminal.</param>
    /// <param name="clock">The time of day, for the corner.</param>
    /// <param name="now">The time.</param>
    public TopView Lay(int rows, int columns, string clock, MonotonicTime now)
    {
        now = model.Shown(now);
        var footerRows = model.WantsHelp && !model.IsTyping ? Help.Length : 1;
        // A third of the screen for interfaces, two lines for each; the title, and the heading of the table.
        var interfaces = Interfaces(Math.Max(1, (rows - 2) / 3), now);
        var room = Math.Max(0, rows - 2 - interfaces.Count - footerRows);
        var seen = model.Seen(room);
        var chosen = TopColumns.Choose(columns, model.Interfaces.Count > 1 && model.Selected is null ? model.Interfaces.Max(static one => one.Name.Length) : 0);
        return new TopView(
            (Title(), clock), interfaces, chosen, SortColumn(),
            [.. seen.Select(peer => new TopRow(peer.Sample.Condition, [.. chosen.Select(column => Cell(peer, column.Column, column.Width, now))]))],
            room > 0 && seen.Count == 0 ? Message() : "",
            [.. Footer(seen.Count).Take(Math.Max(0, rows - 2 - interfaces.Count))]);
    }

    private string Title()
    {
        var (all, connected) = model.Count;
        var title = $"pfsvpn top  {Number(all, "peer")}, {connected} connected  by {model.Sort.ToString().ToLowerInvariant()}{(model.IsReversed ? " (turned)" : "")}";
        if (model.Selected is { } selected) title += $"  only {selected}";
        if (model.Filter.Length > 0) title += $"  filter \"{model.Filter}\": {model.Ordered().Count}";
        return model.IsPaused ? title + "  PAUSED" : title;
    }

    private string[] Footer(int seen)
    {
        if (model.IsTyping) return [$"filter: {model.Filter}_   Enter keeps it, Esc clears it"];
        if (model.WantsHelp) return Help;
        var count = model.Ordered().Count;
        return [seen == count ? ShortHelp : string.Create(CultureInfo.InvariantCulture, $"{model.Scroll + 1}-{model.Scroll + seen} of {count}  {ShortHelp}")];
    }

    private string Message()
    {
        if (model.Interfaces.Count == 0) return "There are no interfaces; those that come will be shown.";
        if (model.Filter.Length > 0) return $"No peer has \"{model.Filter}\" in it; Esc clears the filter.";
        return model.Interfaces.Any(static one => one.Sample is not null) ? "There are no peers." : "";
    }

    private List<TopLine> Interfaces(int most, MonotonicTime now)
    {
        var lines = new List<TopLine>();
        var all = model.Interfaces.ToList();
        // Where there is no room for drops of all, they are left out before an interface is.
        var withDrops = all.Count * 2 <= most;
        foreach (var one in all)
        {
            if (lines.Count + 1 == most && one != all[^1])
            {
                lines.Add(new TopLine("", $"and {Number(all.Count - lines.Count, "more interface")}", TopTone.Usual));
                break;
            }
            lines.Add(Status(one, now));
            if (withDrops && one.Sample is not null) lines.Add(Drops(one));
        }
        return lines;
    }

    private TopLine Status(TopInterface one, MonotonicTime now)
    {
        if (one.Failure is { } why) return new TopLine(one.Title, $"gone for {CompactText.Span((now - one.FailedSince).TotalSeconds)}: {why}", TopTone.Bad);
        if (one.Sample is not { } sample) return new TopLine(one.Title, "asked", TopTone.Usual);
        // What came while the screen stood still was not taken.
        var silence = now - (one.SampledAt > model.ResumedAt ? one.SampledAt : model.ResumedAt);
        var late = TimeSpan.FromSeconds(Math.Max(3, 3 * interval.TotalSeconds));
        if (silence > late) return new TopLine(one.Title, $"no answer for {CompactText.Span(silence.TotalSeconds)}: its daemon is stopped, or has much to do", TopTone.Bad);
        var text = (sample.Up == false ? "down" : "up") + $"  in {Rate(one.In)}  out {Rate(one.Out)}";
        if (sample.ExposureSeconds is { } exposure) text += $"  exposed {CompactText.Span(exposure <= 0 ? 0 : exposure + (now - one.SampledAt).TotalSeconds)} ({CompactText.Size(sample.ExposureBytes)})";
        text += $"  recv {CompactText.Size(one.Total.Received)}  sent {CompactText.Size(one.Total.Sent)}";
        if (sample.ListenPort > 0) text += string.Create(CultureInfo.InvariantCulture, $"  port {sample.ListenPort}");
        if (one.BackSince.IsUnset || now - one.BackSince > BackShown) return new TopLine(one.Title, text, sample.Up == false ? TopTone.Warning : TopTone.Good);
        return new TopLine(one.Title, $"back, was gone for {CompactText.Span(one.WasGoneFor.TotalSeconds)}  {text}", TopTone.Warning);
    }

    /// <summary>A rate in a fixed width, so that nothing behind it moves.</summary>
    private string Rate(RateHistory history) => $"{CompactText.Size(history.Latest),5}/s {Sparkline.Draw([history], 8, isUnicode)}";

    private static TopLine Drops(TopInterface one)
    {
        if (one.Sample?.Drops is null) return new TopLine("", "drops: not told by this daemon", TopTone.Usual);
        if (one.Drops.Count == 0) return new TopLine("", "drops: none", TopTone.Usual);
        var total = one.Drops.Sum(static drop => (double)drop.Count);
        var rate = one.Drops.Sum(static drop => drop.Rate);
        var reasons = one.Drops.Select(static drop => string.Create(CultureInfo.InvariantCulture, $"{drop.Reason} {drop.Count}{PerSecond(drop.Rate)}"));
        return new TopLine("", string.Create(CultureInfo.InvariantCulture, $"drops: {total:0}{PerSecond(rate)}: {string.Join(", ", reasons)}"), rate > 0 ? TopTone.Warning : TopTone.Usual);
    }

    private static string PerSecond(double rate) => rate > 0 ? string.Create(CultureInfo.InvariantCulture, $" (+{(rate < 9.5 ? Math.Round(rate, 1) : Math.Round(rate))}/s)") : "";

    private string Cell(TopPeer peer, TopColumn column, int width, MonotonicTime now)
    {
        var (sample, since) = (peer.Sample, Math.Max(0, (now - peer.SampledAt).TotalSeconds));
        return column switch
        {
            TopColumn.Interface => peer.Owner.Title,
            TopColumn.Peer => peer.Title,
            TopColumn.State => sample.Condition.Word(),
            TopColumn.Endpoint => sample.Endpoint.Length == 0 ? "-" : sample.Endpoint,
            TopColumn.In => CompactText.Rate(peer.In.Latest),
            TopColumn.InBars => Sparkline.Draw([peer.In], width, isUnicode),
            TopColumn.Out => CompactText.Rate(peer.Out.Latest),
            TopColumn.OutBars => Sparkline.Draw([peer.Out], width, isUnicode),
            TopColumn.Bars => Sparkline.Draw([peer.In, peer.Out], width, isUnicode),
            TopColumn.Received => CompactText.Size(sample.Received),
            TopColumn.Sent => CompactText.Size(sample.Sent),
            TopColumn.Handshake => sample.HandshakeAge is { } age ? CompactText.Span(age + since) : "-",
            TopColumn.Exposed => sample.ExposureSeconds is { } exposed ? CompactText.Span(exposed + since) : "-",
            TopColumn.Rekey => sample.RekeyIn is { } rekey ? CompactText.Span(rekey - since) : "-",
            TopColumn.Failure => sample.LastFailure,
            _ => "",
        };
    }

    private TopColumn? SortColumn() => model.Sort switch
    {
        TopSort.Name => TopColumn.Peer,
        TopSort.Rate => TopColumn.In,
        TopSort.Handshake => TopColumn.Handshake,
        TopSort.Exposure => TopColumn.Exposed,
        TopSort.State => TopColumn.State,
        TopSort.Total => TopColumn.Received,
        _ => null,
    };

    private static string Number(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
