using System.Globalization;
using System.Text;

namespace PfsVpn.Cli.Output;

/// <summary>Shows one text after the other in place of the one before: on a terminal without flicker, else as blocks between blank lines.</summary>
/// <remarks>References: ECMA-48 (CUP, EL, ED). Each text is one write: over the old one from the top, each line cleared to its end, the rest below cleared last.</remarks>
internal sealed class WatchScreen(IByteSink sink, bool isTerminal, Func<(int Rows, int Columns)> size)
{
    private const string ClearAll = "\e[2J", Home = "\e[H", ClearLine = "\e[K", ClearBelow = "\e[J";
    private const char Escape = '\e';

    private bool _isFirst = true;

    /// <summary>Shows a text that ends with a line feed.</summary>
    public void Show(string text)
    {
        var frame = new StringBuilder(text.Length + 256);
        if (!isTerminal) frame.Append(_isFirst ? "" : "\n").Append(text);
        else Draw(frame, text);
        _isFirst = false;
        sink.Write(Encoding.UTF8.GetBytes(frame.ToString()));
    }

    private void Draw(StringBuilder frame, string text)
    {
        var (rows, columns) = size();
        frame.Append(_isFirst ? ClearAll : "").Append(Home);
        var lines = text.Split('\n')[..^1];
        // What does not fit would scroll, and then nothing is where it was. The last row is the cursor's.
        var (left, shown) = (rows - 1, 0);
        while (shown < lines.Length && (rows <= 0 || left - RowsOf(lines[shown], columns) >= (shown == lines.Length - 1 ? 0 : 1)))
            left -= RowsOf(lines[shown++], columns);
        for (var i = 0; i < shown; i++) frame.Append(lines[i]).Append(ClearLine).Append('\n');
        if (shown < lines.Length) frame.Append(CultureInfo.InvariantCulture, $"({lines.Length - shown} more lines)").Append(ClearLine).Append('\n');
        frame.Append(ClearBelow);
    }

    /// <summary>Rows that a line takes where the terminal breaks it.</summary>
    private static int RowsOf(string line, int columns)
    {
        var length = 0;
        for (var i = 0; i < line.Length; i++)
        {
            if (line[i] != Escape) length++;
            else while (i < line.Length && line[i] != 'm') i++;
        }
        return columns <= 0 ? 1 : Math.Max(1, (length + columns - 1) / columns);
    }
}
