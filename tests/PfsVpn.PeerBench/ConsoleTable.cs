using System.Text;

namespace PfsVpn.PeerBench;

/// <summary>The table for a terminal.</summary>
internal static class ConsoleTable
{
    /// <summary>Columns as wide as their widest text: the first two to the left, figures to the right.</summary>
    public static string Write(IReadOnlyList<ReportRow> rows, IReadOnlyList<Implementation> implementations)
    {
        var lines = rows.Select(r => r.Cells()).Prepend(ReportRow.Headings(implementations)).ToArray();
        var widths = Enumerable.Range(0, lines[0].Count).Select(column => lines.Max(l => l[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var line in lines)
        {
            var cells = line.Select((cell, column) => column < 2 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]));
            text.AppendLine(string.Join("  ", cells).TrimEnd());
        }
        return text.ToString();
    }
}
