using PfsVpn.Cli.View;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Cli.View;

/// <summary>Samples for the tests of <c>top</c>, and moments to take them at.</summary>
internal static class TopSamples
{
    /// <summary>A moment, in seconds.</summary>
    public static MonotonicTime At(double seconds) => new((long)((1000 + seconds) * 1e9));

    public static PeerSample Peer(
        string name, ulong received = 0, ulong sent = 0, double? handshake = null, PeerCondition condition = PeerCondition.Connected, double? exposure = null, string endpoint = "192.0.2.1:51820", double? rekey = null, string failure = "") =>
        new($"{name}KEY".PadRight(43, 'A') + "=", name, endpoint, received, sent, handshake, condition, exposure, rekey, failure);

    public static DeviceSample Says(string name, params PeerSample[] peers) => new(name, true, 51820, 12, 4096, [], peers);

    /// <summary>What is seen on a screen of some size, as plain text.</summary>
    public static TopView View(this TopModel model, double seconds, int rows = 24, int columns = 120) =>
        new TopLayout(model, isUnicode: true, TimeSpan.FromSeconds(1)).Lay(rows, columns, "12:34:56", At(seconds));

    /// <summary>A cell of the row of a peer.</summary>
    public static string Cell(this TopView view, int row, TopColumn column)
    {
        var index = view.Columns.ToList().FindIndex(one => one.Column == column);
        return index < 0 ? throw new InvalidOperationException($"there is no column {column}") : view.Rows[row].Cells[index];
    }

    /// <summary>The peers that are seen, in order.</summary>
    public static string Names(this TopView view) => string.Join(' ', Enumerable.Range(0, view.Rows.Count).Select(row => view.Cell(row, TopColumn.Peer)));

    /// <summary>Presses characters.</summary>
    public static void Press(this TopModel model, string characters, double seconds = 0)
    {
        foreach (var character in characters) Assert.True(model.Press(TopKey.Of(character), At(seconds)));
    }

    public static void Press(this TopModel model, TopKeyKind kind) => Assert.True(model.Press(new TopKey(kind), At(0)));
}
