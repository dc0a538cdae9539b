namespace PfsVpn.Cli.View;

/// <summary>Which columns a terminal of some width has, and how wide they are. A space is between two.</summary>
internal static class TopColumns
{
    private static readonly (TopColumn Column, string Header, int Width, bool IsRight)[] All =
    [
        (TopColumn.Interface, "IF", 2, false),
        (TopColumn.Peer, "PEER", 11, false),
        (TopColumn.State, "STATE", 11, false),
        (TopColumn.Endpoint, "ENDPOINT", 21, false),
        (TopColumn.In, "IN/s", 5, true),
        (TopColumn.InBars, "", 8, false),
        (TopColumn.Out, "OUT/s", 5, true),
        (TopColumn.OutBars, "", 8, false),
        (TopColumn.Bars, "", 6, false),
        (TopColumn.Received, "RECV", 5, true),
        (TopColumn.Sent, "SENT", 5, true),
        (TopColumn.Handshake, "SHAKE", 6, true),
        (TopColumn.Exposed, "EXPOSED", 7, true),
        (TopColumn.Rekey, "REKEY", 6, true),
        (TopColumn.Failure, "LAST FAILURE", 14, false),
    ];

    /// <summary>What is taken in, in this order, as long as it fits; the bars of each direction take the place of those of both.</summary>
    private static readonly TopColumn[][] Wishes =
    [
        [TopColumn.Peer], [TopColumn.State], [TopColumn.In, TopColumn.Out], [TopColumn.Handshake], [TopColumn.Exposed], [TopColumn.Bars], [TopColumn.Interface],
        [TopColumn.Endpoint], [TopColumn.Rekey], [TopColumn.InBars, TopColumn.OutBars], [TopColumn.Received, TopColumn.Sent], [TopColumn.Failure],
    ];

    /// <summary>What takes the room that is left over, in this order, and up to which width.</summary>
    private static readonly (TopColumn Column, int Most)[] Growing =
    [
        (TopColumn.Peer, 16), (TopColumn.Failure, 24), (TopColumn.InBars, 16), (TopColumn.OutBars, 16), (TopColumn.Peer, 24), (TopColumn.Endpoint, 47), (TopColumn.InBars, 32), (TopColumn.OutBars, 32), (TopColumn.Peer, 44),
    ];

    /// <summary>The heading of a column, and whether its content stands at the right.</summary>
    public static (string Header, bool IsRight) Of(TopColumn column) => (All[(int)column].Header, All[(int)column].IsRight);

    /// <summary>Chooses, in the order of the screen.</summary>
    /// <param name="width">Columns of the terminal.</param>
    /// <param name="interfaceWidth">Characters of the longest name, where there are several interfaces to tell apart; else 0.</param>
    public static IReadOnlyList<(TopColumn Column, int Width)> Choose(int width, int interfaceWidth)
    {
        var widths = new int[All.Length];
        foreach (var wish in Wishes)
        {
            if (wish is [TopColumn.Interface] && interfaceWidth == 0) continue;
            var tried = (int[])widths.Clone();
            foreach (var column in wish) tried[(int)column] = column == TopColumn.Interface ? Math.Max(interfaceWidth, All[(int)column].Width) : All[(int)column].Width;
            if (wish is [TopColumn.InBars, _]) tried[(int)TopColumn.Bars] = 0;
            if (Sum(tried) <= width) widths = tried;
            else if (wish is [TopColumn.Peer]) break;
        }
        foreach (var (column, most) in Growing)
        {
            ref var own = ref widths[(int)column];
            if (own > 0) own = Math.Min(Math.Max(most, own), own + width - Sum(widths));
        }
        if (widths[(int)TopColumn.Peer] == 0) widths[(int)TopColumn.Peer] = Math.Max(1, width);
        return [.. All.Where(column => widths[(int)column.Column] > 0).Select(column => (column.Column, widths[(int)column.Column]))];
    }

    private static int Sum(int[] widths) => widths.Sum() + Math.Max(0, widths.Count(static width => width > 0) - 1);
}
