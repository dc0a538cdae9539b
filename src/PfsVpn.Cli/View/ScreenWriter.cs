using System.Globalization;
using System.Text;
using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.View;

/// <summary>Puts lines on a screen of which it knows what stands there: only those that changed are written, all in one piece.</summary>
/// <remarks>References: ECMA-48 (CUP, EL, ED); synchronized output (mode 2026), which terminals that do not know it skip.</remarks>
internal sealed class ScreenWriter(IByteSink sink)
{
    private const string BeginUpdate = "\e[?2026h", EndUpdate = "\e[?2026l", Home = "\e[H", ClearAll = "\e[2J", ClearLine = "\e[K", Reset = "\e[0m";

    private IReadOnlyList<string>? _shown;
    private (int Rows, int Columns) _size;

    /// <summary>Shows lines, not more than there are rows, each not wider than the screen.</summary>
    public void Show(IReadOnlyList<string> lines, (int Rows, int Columns) size)
    {
        if (size != _size) Forget();
        var frame = new StringBuilder(BeginUpdate);
        if (_shown is null) frame.Append(ClearAll);
        var changed = _shown is null;
        for (var row = 0; row < size.Rows; row++)
        {
            var line = row < lines.Count ? lines[row] : "";
            if (_shown is { } shown ? (row < shown.Count ? shown[row] : "") == line : line.Length == 0) continue;
            // Cleared first: behind a line that fills the screen, the cursor still stands on its last cell.
            frame.Append(CultureInfo.InvariantCulture, $"\e[{row + 1};1H").Append(Reset).Append(ClearLine).Append(line);
            changed = true;
        }
        (_shown, _size) = (lines, size);
        // The cursor rests at the top: a terminal that gets smaller cuts off what is below it, else what is above.
        if (changed) sink.Write(Encoding.UTF8.GetBytes(frame.Append(Reset).Append(Home).Append(EndUpdate).ToString()));
    }

    /// <summary>Nothing is known of the screen any more: all of it is drawn the next time.</summary>
    public void Forget() => _shown = null;
}
