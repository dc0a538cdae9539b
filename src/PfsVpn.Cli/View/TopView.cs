namespace PfsVpn.Cli.View;

/// <summary>What stands on the screen, line by line and cell by cell, in words without colours.</summary>
/// <param name="Title">The first line, and what stands at its right end.</param>
/// <param name="Interfaces">The lines of the interfaces.</param>
/// <param name="Columns">The columns of the table, with their widths.</param>
/// <param name="Sort">The column that the order follows; null for one that is not there.</param>
/// <param name="Rows">The rows that are seen.</param>
/// <param name="Message">Stands in place of rows where there are none.</param>
/// <param name="Footer">The last lines.</param>
internal sealed record TopView(
    (string Left, string Right) Title,
    IReadOnlyList<TopLine> Interfaces,
    IReadOnlyList<(TopColumn Column, int Width)> Columns,
    TopColumn? Sort,
    IReadOnlyList<TopRow> Rows,
    string Message,
    IReadOnlyList<string> Footer);

/// <summary>A line about an interface.</summary>
internal sealed record TopLine(string Name, string Text, TopTone Tone);

/// <summary>How a line is meant.</summary>
internal enum TopTone
{
    Usual,
    Good,
    Warning,
    Bad,
}

/// <summary>A peer: a cell for each column.</summary>
internal sealed record TopRow(PeerCondition Condition, IReadOnlyList<string> Cells);
