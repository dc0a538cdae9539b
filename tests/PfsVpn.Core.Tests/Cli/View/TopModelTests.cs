using PfsVpn.Cli.View;
using static PfsVpn.Tests.Cli.View.TopSamples;

namespace PfsVpn.Tests.Cli.View;

/// <summary>What <c>top</c> makes of samples, of time and of keys.</summary>
public sealed class TopModelTests
{
    private readonly TopModel _model = new();

    [Fact]
    public void A_rate_is_what_came_since_the_last_sample_by_the_time_between()
    {
        _model.Take(Says("wg0", Peer("anna", 1000, 500)), At(0));
        Assert.Equal("-", _model.View(0).Cell(0, TopColumn.In));
        _model.Take(Says("wg0", Peer("anna", 1000 + 4096, 500 + 300)), At(2));
        var view = _model.View(2);
        Assert.Equal(("2.0K", "150B"), (view.Cell(0, TopColumn.In), view.Cell(0, TopColumn.Out)));
        Assert.Contains("in  2.0K/s", view.Interfaces[0].Text, StringComparison.Ordinal);
        _model.Take(Says("wg0", Peer("anna", 1000 + 4096, 500 + 300)), At(3));
        Assert.Equal("-", _model.View(3).Cell(0, TopColumn.In));
    }

    [Fact]
    public void Counters_that_go_back_are_of_another_daemon_and_no_rate()
    {
        _model.Take(Says("wg0", Peer("anna", 1_000_000)), At(0));
        _model.Take(Says("wg0", Peer("anna", 1000)), At(1));
        Assert.Equal("-", _model.View(1).Cell(0, TopColumn.In));
        _model.Take(Says("wg0", Peer("anna", 1100)), At(2));
        Assert.Equal("100B", _model.View(2).Cell(0, TopColumn.In));
    }

    [Fact]
    public void Ages_go_on_between_samples_and_the_time_to_the_next_key_runs_down()
    {
        _model.Take(Says("wg0", Peer("anna", handshake: 58.5, exposure: 58.5, rekey: 61)), At(0));
        var view = _model.View(3);
        Assert.Equal(("1m01s", "1m01s", "58s"), (view.Cell(0, TopColumn.Handshake), view.Cell(0, TopColumn.Exposed), view.Cell(0, TopColumn.Rekey)));
        Assert.Contains("exposed 15s (4.0K)", view.Interfaces[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_peer_that_was_removed_is_gone_and_one_that_was_added_is_there()
    {
        _model.Take(Says("wg0", Peer("anna"), Peer("ben")), At(0));
        _model.Take(Says("wg0", Peer("ben"), Peer("cleo")), At(1));
        Assert.Equal("ben cleo", _model.View(1).Names());
    }

    [Theory]
    [InlineData("n", "anna ben cleo dora")]
    [InlineData("r", "ben cleo anna dora")]
    [InlineData("h", "cleo anna ben dora")]
    [InlineData("e", "ben anna cleo dora")]
    [InlineData("s", "anna cleo ben dora")]
    [InlineData("t", "cleo ben anna dora")]
    [InlineData("nR", "dora cleo ben anna")]
    [InlineData("hR", "dora ben anna cleo")]
    [InlineData("nRr", "ben cleo anna dora")]
    public void Keys_sort(string keys, string order)
    {
        DeviceSample Now(ulong of) => Says("wg0",
            Peer("dora", condition: PeerCondition.Never),
            Peer("ben", 5000 + (of * 300), handshake: 200, condition: PeerCondition.Stale, exposure: 100),
            Peer("anna", 100, handshake: 20, exposure: 20),
            Peer("cleo", 9000 + (of * 200), handshake: 10, exposure: 10));
        _model.Take(Now(0), At(0));
        _model.Take(Now(1), At(1));
        _model.Press(keys);
        Assert.Equal(order, _model.View(1).Names());
    }

    [Fact]
    public void Equal_peers_keep_their_order_whatever_order_the_daemon_tells_them_in()
    {
        _model.Take(Says("wg0", Peer("cleo"), Peer("anna"), Peer("ben")), At(0));
        Assert.Equal("anna ben cleo", _model.View(0).Names());
        _model.Take(Says("wg0", Peer("ben"), Peer("cleo"), Peer("anna")), At(1));
        Assert.Equal("anna ben cleo", _model.View(1).Names());
    }

    [Theory]
    [InlineData("ANN", "anna hannah")]
    [InlineData("198.51", "ben")]
    [InlineData("stale", "ben")]
    [InlineData("nobody", "")]
    [InlineData("hannahkey", "hannah")]
    public void A_filter_looks_into_name_key_endpoint_and_state(string filter, string names)
    {
        _model.Take(Says("wg0", Peer("anna"), Peer("ben", endpoint: "198.51.100.1:1", condition: PeerCondition.Stale), Peer("hannah")), At(0));
        _model.Press("/" + filter);
        var view = _model.View(0);
        Assert.Equal(names, view.Names());
        Assert.StartsWith($"filter: {filter}_", view.Footer[0], StringComparison.Ordinal);
        Assert.Contains($"filter \"{filter}\": {view.Rows.Count}", view.Title.Left, StringComparison.Ordinal);
    }

    [Fact]
    public void Letters_of_a_filter_are_no_commands_and_Enter_keeps_it_and_Escape_clears_it()
    {
        _model.Take(Says("wg0", Peer("qrp"), Peer("anna")), At(0));
        _model.Press("/qrpx");
        Assert.Equal(("qrpx", false), (_model.Filter, _model.IsPaused));
        _model.Press(TopKeyKind.Backspace);
        _model.Press(TopKeyKind.Enter);
        Assert.Equal((false, "qrp", "qrp"), (_model.IsTyping, _model.Filter, _model.View(0).Names()));
        _model.Press(TopKeyKind.Escape);
        Assert.Equal(("", "anna qrp"), (_model.Filter, _model.View(0).Names()));
        _model.Press("/an");
        _model.Press(TopKeyKind.Escape);
        Assert.Equal((false, ""), (_model.IsTyping, _model.Filter));
    }

    [Fact]
    public void While_paused_nothing_moves_and_afterwards_the_rate_is_that_of_the_whole_pause()
    {
        _model.Take(Says("wg0", Peer("anna", 0, handshake: 5)), At(0));
        _model.Press("p", 2);
        _model.Take(Says("wg0", Peer("anna", 5000, handshake: 9)), At(4));
        var frozen = _model.View(60);
        Assert.Equal(("7s", "0B"), (frozen.Cell(0, TopColumn.Handshake), frozen.Cell(0, TopColumn.Received)));
        Assert.EndsWith("PAUSED", frozen.Title.Left, StringComparison.Ordinal);
        _model.Press("p", 60);
        Assert.DoesNotContain("no answer", _model.View(60.5).Interfaces[0].Text, StringComparison.Ordinal);
        _model.Take(Says("wg0", Peer("anna", 61_000, handshake: 9)), At(61));
        Assert.Equal("1000B", _model.View(61).Cell(0, TopColumn.In));
    }

    [Fact]
    public void What_does_not_fit_scrolls_and_never_beyond_the_ends()
    {
        _model.Take(Says("wg0", [.. Enumerable.Range(0, 100).Select(static i => Peer($"peer{i:00}"))]), At(0));
        _model.Press("n");
        var view = _model.View(0, rows: 15);
        var page = view.Rows.Count;
        Assert.InRange(page, 8, 12);
        Assert.StartsWith("peer00 peer01", view.Names(), StringComparison.Ordinal);
        Assert.StartsWith($"1-{page} of 100", view.Footer[0], StringComparison.Ordinal);
        _model.Press(TopKeyKind.Down);
        Assert.StartsWith("peer01 peer02", _model.View(0, rows: 15).Names(), StringComparison.Ordinal);
        _model.Press(TopKeyKind.PageDown);
        Assert.StartsWith($"peer{page + 1:00} ", _model.View(0, rows: 15).Names(), StringComparison.Ordinal);
        _model.Press(TopKeyKind.End);
        Assert.EndsWith(" peer99", _model.View(0, rows: 15).Names(), StringComparison.Ordinal);
        _model.Press(TopKeyKind.Down);
        Assert.EndsWith(" peer99", _model.View(0, rows: 15).Names(), StringComparison.Ordinal);
        _model.Press(TopKeyKind.Up);
        Assert.EndsWith(" peer98", _model.View(0, rows: 15).Names(), StringComparison.Ordinal);
        _model.Press(TopKeyKind.PageUp);
        _model.Press(TopKeyKind.Home);
        _model.Press(TopKeyKind.Up);
        Assert.StartsWith("peer00 ", _model.View(0, rows: 15).Names(), StringComparison.Ordinal);
        // A larger screen shows the end at the bottom, not a hole below it.
        _model.Press(TopKeyKind.End);
        _ = _model.View(0, rows: 15);
        Assert.Equal(95, _model.View(0, rows: 100).Rows.Count);
    }

    [Fact]
    public void Of_several_interfaces_each_row_says_whose_it_is_and_Tab_shows_one_after_the_other()
    {
        _model.Take(Says("wg1", Peer("ben")), At(0));
        _model.Take(Says("wg0", Peer("anna")), At(0));
        var view = _model.View(0);
        Assert.Equal(["wg0", "", "wg1", ""], view.Interfaces.Select(static line => line.Name));
        Assert.Equal(("wg0", "wg1"), (view.Cell(0, TopColumn.Interface), view.Cell(1, TopColumn.Interface)));
        var seen = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            _model.Press(TopKeyKind.Tab);
            seen.Add(_model.View(0).Names());
        }
        Assert.Equal(["anna", "ben", "anna ben"], seen);
    }

    [Fact]
    public void An_interface_that_goes_is_said_to_be_gone_and_one_that_comes_back_to_be_back()
    {
        _model.Take(Says("wg0", Peer("anna", 5000)), At(0));
        _model.Fail("wg0", "No such device", isNew: false, At(1));
        _model.Fail("wg0", "No such device; start it", isNew: false, At(2));
        var gone = _model.View(8);
        Assert.Equal(("gone for 7s: No such device; start it", TopTone.Bad, 0), (gone.Interfaces[0].Text, gone.Interfaces[0].Tone, gone.Rows.Count));
        _model.Take(Says("wg0", Peer("anna", 700)), At(10));
        var back = _model.View(12);
        Assert.StartsWith("back, was gone for 9s  up", back.Interfaces[0].Text, StringComparison.Ordinal);
        Assert.Equal("-", back.Cell(0, TopColumn.In));
        _model.Take(Says("wg0", Peer("anna", 700)), At(21));
        Assert.StartsWith("up", _model.View(21).Interfaces[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_never_was_there_is_not_shown_and_one_that_may_not_be_asked_is()
    {
        _model.Fail("stale", "No such device", isNew: false, At(0));
        Assert.Empty(_model.Interfaces);
        Assert.StartsWith("There are no interfaces", _model.View(0).Message, StringComparison.Ordinal);
        _model.Fail("wg0", "Permission denied", isNew: true, At(0));
        Assert.Equal("gone for 1s: Permission denied", Assert.Single(_model.View(1).Interfaces).Text);
    }

    [Fact]
    public void A_daemon_that_is_silent_is_said_to_be()
    {
        _model.Take(Says("wg0", Peer("anna")), At(0));
        Assert.StartsWith("up", _model.View(2.5).Interfaces[0].Text, StringComparison.Ordinal);
        Assert.StartsWith("no answer for 4s", _model.View(4).Interfaces[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Drops_are_told_by_reason_those_that_grow_first()
    {
        DropSample[] before = [new("NoPeer", 900), new("WrongMac1", 10)];
        DropSample[] after = [new("NoPeer", 900), new("WrongMac1", 30), new("Authentication", 5)];
        _model.Take(Says("wg0") with { Drops = before }, At(0));
        Assert.Equal("drops: 910: NoPeer 900, WrongMac1 10", _model.View(0).Interfaces[1].Text);
        _model.Take(Says("wg0") with { Drops = after }, At(2));
        var line = _model.View(2).Interfaces[1];
        Assert.Equal(("drops: 935 (+12/s): WrongMac1 30 (+10/s), Authentication 5 (+2.5/s), NoPeer 900", TopTone.Warning), (line.Text, line.Tone));
        _model.Take(Says("wg0"), At(3));
        Assert.Equal("drops: none", _model.View(3).Interfaces[1].Text);
        _model.Take(Says("wg0") with { Drops = null }, At(4));
        Assert.Equal("drops: not told by this daemon", _model.View(4).Interfaces[1].Text);
    }

    [Theory]
    [InlineData('q', false)]
    [InlineData('Q', false)]
    [InlineData('x', true)]
    public void Q_ends_it(char key, bool goesOn) => Assert.Equal(goesOn, _model.Press(TopKey.Of(key), At(0)));

    [Fact]
    public void Ctrl_C_ends_it_also_while_a_filter_is_typed()
    {
        _model.Press("/q");
        Assert.False(_model.Press(new TopKey(TopKeyKind.Interrupt), At(0)));
    }

    [Fact]
    public void Help_is_shown_and_hidden()
    {
        var before = _model.View(0).Footer;
        _model.Press("?");
        Assert.Contains("R turn round", string.Join('\n', _model.View(0).Footer), StringComparison.Ordinal);
        _model.Press("?");
        Assert.Equal(before, _model.View(0).Footer);
    }

    [Fact]
    public void Of_ten_thousand_peers_only_those_that_are_seen_become_rows()
    {
        _model.Take(Says("wg0", [.. Enumerable.Range(0, 10_000).Select(static i => Peer($"peer{i:0000}", (ulong)i))]), At(0));
        _model.Press("n");
        var view = _model.View(0, rows: 40);
        Assert.InRange(view.Rows.Count, 30, 36);
        // The order is made once for a sample, not for each frame.
        Assert.Same(_model.Ordered(), _model.Ordered());
    }
}
