using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PfsVpn.Cli.View;

/// <summary>Draws a <see cref="TopView"/> as lines of text with colours.</summary>
/// <remarks>
/// Spectre.Console does what it is good at: tables, the width of characters in cells, colours as the terminal has them. Its live display is not used. That draws over the last
/// frame by going up as many lines as it had, line by line, which flickers, is lost after a resize, cannot have more rows than the screen, and does not know the alternate screen.
/// <see cref="ScreenWriter"/> puts the lines where they belong instead, and writes only those that changed.
/// </remarks>
internal sealed class TopScreen(bool wantsColours)
{
    private static readonly Style Plain = Style.Plain;
    private static readonly Style Heading = new(decoration: Decoration.Invert);
    private static readonly Style Bold = new(decoration: Decoration.Bold);

    private readonly StringBuilder _text = new();

    /// <summary>The lines, each at most <paramref name="columns"/> cells wide.</summary>
    public IReadOnlyList<string> Draw(TopView view, int rows, int columns)
    {
        _text.Clear();
        var console = Open(rows, columns);
        Line(console, columns, Title(view.Title, columns));
        foreach (var line in view.Interfaces) Line(console, columns, [(line.Name.Length == 0 ? "  " : line.Name + "  ", Bold), (line.Text, ToneOf(line))]);
        console.Write(Table(view, columns));
        if (view.Message.Length > 0) Line(console, columns, [(view.Message, Plain)]);
        var lines = Take(rows);
        // The footer stands at the bottom, however little there is above it.
        while (lines.Count < rows - view.Footer.Count) lines.Add("");
        foreach (var line in view.Footer) Line(console, columns, [(line, Style.Parse("dim"))]);
        lines.AddRange(Take(rows - lines.Count));
        return lines;
    }

    private static (string Text, Style Style)[] Title((string Left, string Right) title, int columns)
    {
        var space = columns - Cells(title.Left) - Cells(title.Right);
        return space < 1 ? [(title.Left, Bold)] : [(title.Left + new string(' ', space), Bold), (title.Right, Plain)];
    }

    private static Table Table(TopView view, int columns)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = false, Width = columns };
        foreach (var (column, width) in view.Columns)
        {
            var isLast = column == view.Columns[^1].Column;
            var (_, isRight) = TopColumns.Of(column);
            table.AddColumn(new Spectre.Console.TableColumn("") { Width = width, Padding = new Padding(0, 0, isLast ? 0 : 1, 0), Alignment = isRight ? Justify.Right : Justify.Left, NoWrap = true });
        }
        table.AddRow([.. view.Columns.Select(column => Cell(TopColumns.Of(column.Column).Header, column.Width, column.Column == view.Sort ? Heading : Bold))]);
        foreach (var row in view.Rows)
            table.AddRow([.. view.Columns.Select((column, i) => Cell(row.Cells[i], column.Width, StyleOf(row.Condition, column.Column)))]);
        return table;
    }

    private static Text Cell(string text, int width, Style style) => new(Cut(text, width), style);

    /// <summary>As much of a text as fits; its end stands for what does not.</summary>
    private static string Cut(string text, int width)
    {
        if (Cells(text) <= width) return text;
        if (width <= 0) return "";
        var (length, room) = (0, width - 1);
        foreach (var rune in text.EnumerateRunes())
        {
            room -= Cells(rune.ToString());
            if (room < 0) break;
            length += rune.Utf16SequenceLength;
        }
        return text[..length] + "~";
    }

    private static int Cells(string text) => Segment.CellCount([new Segment(text)]);

    private static Style ToneOf(TopLine line) => line.Tone switch
    {
        TopTone.Good => new Style(Color.Green),
        TopTone.Warning => new Style(Color.Olive),
        TopTone.Bad => new Style(Color.Maroon, decoration: Decoration.Bold),
        _ => Plain,
    };

    private static Style StyleOf(PeerCondition condition, TopColumn column) => column switch
    {
        TopColumn.Peer => Bold,
        TopColumn.State => condition switch
        {
            PeerCondition.Connected => new Style(Color.Green),
            PeerCondition.Handshaking => new Style(Color.Olive),
            PeerCondition.Stale => new Style(Color.Maroon, decoration: Decoration.Bold),
            _ => Plain,
        },
        TopColumn.Bars or TopColumn.InBars or TopColumn.OutBars => new Style(Color.Teal),
        _ => Plain,
    };

    private static void Line(IAnsiConsole console, int columns, params ReadOnlySpan<(string Text, Style Style)> parts)
    {
        var left = columns;
        var line = new Paragraph();
        foreach (var (text, style) in parts)
        {
            var cut = Cut(text, left);
            left -= Cells(cut);
            line.Append(cut, style);
        }
        console.Write(line);
        console.WriteLine();
    }

    private List<string> Take(int most)
    {
        var lines = _text.ToString().Split('\n', StringSplitOptions.None).Select(static line => line.TrimEnd('\r', ' ')).ToList();
        if (lines is [.., ""]) lines.RemoveAt(lines.Count - 1);
        _text.Clear();
        return lines.Count <= most ? lines : lines[..Math.Max(0, most)];
    }

    /// <summary>A console that writes into <see cref="_text"/>: nothing about the real one is guessed, everything is said.</summary>
    private IAnsiConsole Open(int rows, int columns) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        ColorSystem = wantsColours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        Interactive = InteractionSupport.No,
        Enrichment = new ProfileEnrichment { UseDefaultEnrichers = false },
        Out = new TextOutput(new StringWriter(_text), rows, columns),
    });

    private sealed class TextOutput(TextWriter writer, int rows, int columns) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => columns;

        public int Height => rows;

        public void SetEncoding(Encoding encoding)
        {
        }
    }
}
