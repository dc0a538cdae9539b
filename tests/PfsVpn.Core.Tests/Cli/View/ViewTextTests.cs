using System.Text;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.View;

namespace PfsVpn.Tests.Cli.View;

/// <summary>The small parts of <c>top</c>: numbers, bars, keys, the screen, the word for a peer.</summary>
public sealed class ViewTextTests
{
    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1023, "1023B")]
    [InlineData(1023.7, "1.0K")]
    [InlineData(1024, "1.0K")]
    [InlineData(10188, "9.9K")]
    [InlineData(10190, "10K")]
    [InlineData(1048063, "1023K")]
    [InlineData(1048064, "1.0M")]
    [InlineData(1.5 * 1024 * 1024 * 1024, "1.5G")]
    [InlineData(ulong.MaxValue, "16E")]
    public void Sizes_have_five_characters_at_most(double bytes, string text) => Assert.Equal(text, CompactText.Size(bytes));

    [Theory]
    [InlineData(-5, "0s")]
    [InlineData(59.9, "59s")]
    [InlineData(60, "1m00s")]
    [InlineData(3599, "59m59s")]
    [InlineData(3660, "1h01m")]
    [InlineData(86399, "23h59m")]
    [InlineData(86400 + 7200, "1d02h")]
    [InlineData(100 * 86400, "100d")]
    [InlineData(double.MaxValue, "99999d")]
    public void Spans_have_six_characters_at_most(double seconds, string text) => Assert.Equal(text, CompactText.Span(seconds));

    [Fact]
    public void Bars_stand_at_the_right_and_the_highest_fills_its_cell()
    {
        var (first, second) = (new RateHistory(), new RateHistory());
        foreach (var rate in new[] { 0, 8000.0, 4000, 0, 1 }) first.Push(rate);
        Assert.Equal("    █▅ ▁", Sparkline.Draw([first], 8, isUnicode: true));
        Assert.Equal("    #+ .", Sparkline.Draw([first], 8, isUnicode: false));
        Assert.Equal("▅ ▁", Sparkline.Draw([first], 3, isUnicode: true).Replace('█', '▅'));
        second.Push(0);
        second.Push(8000);
        Assert.Equal("█▄ █", Sparkline.Draw([first, second], 4, isUnicode: true));
        for (var i = 0; i < RateHistory.Capacity; i++) first.Push(0);
        Assert.Equal("        ", Sparkline.Draw([first], 8, isUnicode: true));
        Assert.Equal(40, Sparkline.Draw([second], 40, isUnicode: true).Length);
        first.Clear();
        Assert.Equal("  ", Sparkline.Draw([first], 2, isUnicode: true));
    }

    [Theory]
    [InlineData("q/é", "q / é")]
    [InlineData("\e[A\e[B\eOA\e[5~\e[6~\e[H\e[F\e[1~\e[4~", "Up Down Up PageUp PageDown Home End Home End")]
    [InlineData("\r\t\x7f\b\x03\x0c", "Enter Tab Backspace Backspace Interrupt Redraw")]
    [InlineData("\e[200~\e[1;5A\e[?1;2cq", "Up q")]
    [InlineData("\e\ea", "Escape Escape a")]
    [InlineData("\x01\x02x", "x")]
    public void Keys_are_read_however_they_are_cut(string typed, string keys)
    {
        var bytes = Encoding.UTF8.GetBytes(typed);
        Assert.Equal(keys, Words(new KeyDecoder().Feed(bytes)));
        var decoder = new KeyDecoder();
        Assert.Equal(keys, Words(bytes.SelectMany(one => decoder.Feed([one])).ToList()));
        Assert.False(decoder.IsPending);
    }

    [Fact]
    public void An_escape_alone_is_a_key_once_nothing_follows()
    {
        var decoder = new KeyDecoder();
        Assert.Empty(decoder.Feed("\e"u8));
        Assert.True(decoder.IsPending);
        Assert.Equal("Escape", Words(decoder.Flush()));
        Assert.Empty(decoder.Feed("\e["u8));
        Assert.Empty(decoder.Flush());
        Assert.Empty(decoder.Flush());
        Assert.Equal("q", Words(decoder.Feed("q"u8)));
        Assert.Empty(decoder.Feed([0xC3]));
        Assert.Equal("é", Words(decoder.Feed([0xA9])));
        Assert.Equal("x", Words(decoder.Feed([0xFF, (byte)'x'])));
    }

    [Fact]
    public void Only_lines_that_changed_are_written_and_after_a_resize_all()
    {
        var sink = new Sink();
        var writer = new ScreenWriter(sink);
        writer.Show(["one", "two", "three"], (4, 20));
        Assert.Equal("\e[?2026h\e[2J\e[1;1H\e[0m\e[Kone\e[2;1H\e[0m\e[Ktwo\e[3;1H\e[0m\e[Kthree\e[0m\e[H\e[?2026l", sink.Take());
        writer.Show(["one", "TWO", "three"], (4, 20));
        Assert.Equal("\e[?2026h\e[2;1H\e[0m\e[KTWO\e[0m\e[H\e[?2026l", sink.Take());
        writer.Show(["one", "TWO", "three"], (4, 20));
        Assert.Equal("", sink.Take());
        writer.Show(["one"], (4, 20));
        Assert.Equal("\e[?2026h\e[2;1H\e[0m\e[K\e[3;1H\e[0m\e[K\e[0m\e[H\e[?2026l", sink.Take());
        writer.Show(["one"], (3, 20));
        Assert.Equal("\e[?2026h\e[2J\e[1;1H\e[0m\e[Kone\e[0m\e[H\e[?2026l", sink.Take());
        writer.Forget();
        writer.Show([], (3, 20));
        Assert.Equal("\e[?2026h\e[2J\e[0m\e[H\e[?2026l", sink.Take());
    }

    // Of pfsvpnd: whether there is a session, and how long an attempt is unanswered.
    [Theory]
    [InlineData(null, false, null, "never")]
    [InlineData(null, false, 3.0, "handshaking")]
    [InlineData(null, false, 80.0, "handshaking")]
    [InlineData(5.0, true, null, "connected")]
    [InlineData(125.0, true, 1.0, "connected")]
    [InlineData(130.0, true, 15.0, "stale")]
    [InlineData(200.0, false, 2.0, "handshaking")]
    [InlineData(200.0, false, 20.0, "stale")]
    [InlineData(200.0, false, null, "idle")]
    // Of another daemon: only the age of the handshake, and whether keepalives are set.
    [InlineData(null, null, null, "never")]
    [InlineData(179.0, null, null, "connected")]
    [InlineData(180.0, null, null, "idle")]
    [InlineData(180.0, null, null, "stale", true)]
    public void One_word_says_how_it_is_with_a_peer(double? handshake, bool? session, double? unanswered, string word, bool keepalive = false) =>
        Assert.Equal(word, PeerConditions.Judge(handshake, session, unanswered, keepalive).Word());

    [Fact]
    public void Nothing_in_a_text_moves_the_cursor_or_turns_the_line()
    {
        Assert.Equal("a?[2J?b?c", PrintableText.Of("a\e[2J\nb\u202Ec"));
        Assert.Equal("你好 é", PrintableText.Of("你好 é"));
    }

    private static string Words(IReadOnlyList<TopKey> keys) => string.Join(' ', keys.Select(static key => key.Kind == TopKeyKind.Character ? key.Rune.ToString() : key.Kind.ToString()));

    private sealed class Sink : IByteSink
    {
        private readonly StringBuilder _text = new();

        public void Write(ReadOnlySpan<byte> bytes) => _text.Append(Encoding.UTF8.GetString(bytes));

        public string Take()
        {
            var text = _text.ToString();
            _text.Clear();
            return text;
        }
    }
}
