using PfsVpn.Cli.View;
using static PfsVpn.Tests.Cli.View.TopSamples;

namespace PfsVpn.Tests.Cli.View;

/// <summary>What fits on a screen of which size, and that nothing is ever put beyond its edges.</summary>
public sealed class TopLayoutTests
{
    [Theory]
    [InlineData(80, 0, "Peer State Endpoint In Out Bars Handshake Exposed")]
    [InlineData(80, 6, "Interface Peer State In Out Bars Handshake Exposed Rekey")]
    [InlineData(55, 0, "Peer State In Out Handshake Exposed")]
    [InlineData(30, 0, "Peer State Handshake")]
    [InlineData(8, 0, "Peer")]
    [InlineData(120, 0, "Peer State Endpoint In InBars Out OutBars Received Sent Handshake Exposed Rekey")]
    [InlineData(160, 6, "Interface Peer State Endpoint In InBars Out OutBars Received Sent Handshake Exposed Rekey Failure")]
    public void Columns_are_those_that_fit(int width, int interfaceWidth, string columns) =>
        Assert.Equal(columns, string.Join(' ', TopColumns.Choose(width, interfaceWidth).Select(static column => column.Column)));

    [Fact]
    public void Columns_never_take_more_than_there_is()
    {
        for (var width = 1; width < 300; width++)
        {
            foreach (var interfaceWidth in new[] { 0, 3, 15 })
            {
                var columns = TopColumns.Choose(width, interfaceWidth);
                Assert.NotEmpty(columns);
                Assert.InRange(columns.Sum(static column => column.Width) + columns.Count - 1, 1, width);
            }
        }
    }

    [Fact]
    public void Whatever_the_size_the_screen_is_filled_and_not_overfilled()
    {
        var model = new TopModel();
        model.Take(Says("wg0", [.. Enumerable.Range(0, 50).Select(static i => Peer($"a peer with a long name 你好 {i}", failure: "no answer"))]) with { Drops = [new("NoPeer", 3)] }, At(0));
        model.Take(Says("wg1", Peer("")), At(0));
        model.Fail("wg2", "No such device; there is no /var/run/wireguard/wg2.sock; start it with: pfsvpnd wg2", isNew: true, At(0));
        var screen = new TopScreen(wantsColours: true);
        foreach (var keys in new[] { "", "?", "?/long" })
        {
            model.Press(keys);
            foreach (var (rows, columns) in new[] { (1, 1), (2, 5), (3, 20), (5, 40), (8, 79), (24, 80), (50, 200) })
            {
                var lines = screen.Draw(model.View(1, rows, columns), rows, columns);
                Assert.InRange(lines.Count, 1, rows);
                Assert.All(lines, line => Assert.InRange(Cells(line), 0, columns));
            }
        }
    }

    [Fact]
    public void Interfaces_take_a_third_of_the_screen_at_most()
    {
        var model = new TopModel();
        for (var i = 10; i < 40; i++) model.Take(Says($"wg{i}", Peer("anna")), At(0));
        var view = model.View(0, rows: 23);
        Assert.Equal(7, view.Interfaces.Count);
        Assert.Equal("and 24 more interfaces", view.Interfaces[^1].Text);
        Assert.True(view.Rows.Count > 10);
    }

    [Fact]
    public void A_screen_is_drawn_with_its_colours_and_without_where_none_are_wanted()
    {
        var model = new TopModel();
        model.Take(Says("wg0", Peer("anna", handshake: 3, exposure: 3)), At(0));
        var view = model.View(0, 10, 80);
        var plain = new TopScreen(wantsColours: false).Draw(view, 10, 80);
        Assert.StartsWith("pfsvpn top  1 peer, 1 connected  by rate", Plain(plain[0]), StringComparison.Ordinal);
        Assert.EndsWith("12:34:56", Plain(plain[0]), StringComparison.Ordinal);
        Assert.Equal(10, plain.Count);
        Assert.Equal("q quit  / filter  n r h e s t sort  p pause  ? help", Plain(plain[9]));
        Assert.Matches("^anna +connected +192.0.2.1:51820 +- +- +3s +3s$", Plain(plain[4]));
        // Bold and inverse are no colours.
        Assert.DoesNotMatch("\e\\[[0-9;]*(3[0-9]|9[0-7]|4[0-9])m", string.Join('\n', plain));
        var coloured = new TopScreen(wantsColours: true).Draw(view, 10, 80);
        Assert.Contains("\e[32m", string.Join('\n', coloured), StringComparison.Ordinal);
        Assert.Equal(plain.Select(Plain), coloured.Select(Plain));
    }

    [Fact]
    public void A_name_is_no_markup()
    {
        var model = new TopModel();
        model.Take(Says("wg0", Peer("[red]x[/]")), At(0));
        Assert.Contains("[red]x[/]", Plain(new TopScreen(wantsColours: true).Draw(model.View(0), 24, 120)[4]), StringComparison.Ordinal);
    }

    private static int Cells(string line) => Spectre.Console.Rendering.Segment.CellCount([new Spectre.Console.Rendering.Segment(Plain(line))]);

    private static string Plain(string line) => System.Text.RegularExpressions.Regex.Replace(line, "\e\\[[0-9;]*m", "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
}
