using System.Text;
using PfsVpn.Cli;
using PfsVpn.Cli.Output;
using PfsVpn.Tests.Simulation;

namespace PfsVpn.Tests.Cli.View;

/// <summary><c>top</c> as a whole, on a pseudo-terminal and with daemons that answer from a script: what it shows, and that it leaves the terminal as it was.</summary>
public sealed class TopCommandTests : IDisposable
{
    private const string Entered = "\e[?1049h\e[?25l\e[?7l", Left = "\e[?7h\e[?25h\e[?1049l";
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30); // only for what never ends

    private readonly CliStage _stage = new();
    private readonly Pty _pty = new();
    private readonly WatchedSink _output = new();
    private readonly StringWriter _error = new();
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal) { ["TERM"] = "xterm", ["LANG"] = "C.UTF-8" };
    private TimeProvider _clock = TimeProvider.System;

    [Fact]
    public async Task It_shows_what_the_daemon_says_and_q_gives_the_terminal_back()
    {
        using var pair = new Pair();
        pair.Connect();
        var daemon = _stage.Start("wg0", RealStatus.Get(pair.Alice));
        daemon.Status = RealStatus.Of(pair.Network, pair.Alice);
        var before = _pty.Settings;
        var run = Start("top", "wg0", "--interval", "0.1");
        await _output.SawAsync(pair.Bob.PublicKey.ToString()[..8] + "...");
        Assert.NotEqual(before, _pty.Settings);
        Assert.StartsWith(Entered, _output.Text, StringComparison.Ordinal);
        _pty.Type("/nobody");
        await _output.SawAsync("No peer has \"nobody\" in it");
        _pty.Type("\e");
        await _output.SawAsync("q quit");
        _pty.Type("q");
        Assert.Equal(0, await run.WaitAsync(Bound));
        AssertClean(before);
    }

    [Fact]
    public async Task A_daemon_that_goes_and_comes_back_is_said_and_so_is_one_that_is_no_pfsvpnd()
    {
        var daemon = _stage.Start("wg0", CannedDevices.Get("usual", DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
        var before = _pty.Settings;
        var run = Start("top", "--interval=0.1");
        await _output.SawAsync("drops: not told by this daemon");
        daemon.Errno = 5;
        await _output.SawAsync("Input/output error");
        daemon.Errno = 0;
        await _output.SawAsync("back, was gone for");
        daemon.Status = "{\"peers\":17}";
        await _output.SawAsync("the daemon's answer is malformed");
        _pty.Type("q");
        Assert.Equal(0, await run.WaitAsync(Bound));
        AssertClean(before);
    }

    [Fact]
    public async Task An_exception_gives_the_terminal_back_too()
    {
        _stage.Start("wg0");
        var before = _pty.Settings;
        var clock = new BreakingClock();
        _clock = clock;
        var run = Start("top");
        await _output.SawAsync("wg0");
        clock.IsBroken = true;
        await Assert.ThrowsAsync<TimeZoneNotFoundException>(() => run.WaitAsync(Bound));
        AssertClean(before);
    }

    [Fact]
    public async Task A_terminal_that_goes_away_ends_it()
    {
        _stage.Start("wg0");
        var run = Start("top");
        await _output.SawAsync("wg0");
        _pty.HangUp();
        Assert.Equal(129, await run.WaitAsync(Bound));
    }

    [Theory]
    [InlineData("xterm", false, "top needs a terminal, and standard output is none. For programs there is: pfsvpn show --json\n")]
    [InlineData("dumb", true, "top needs a terminal that can move its cursor, and TERM says that this one cannot. There are: pfsvpn show, and pfsvpn show --json\n")]
    [InlineData("", true, "top needs a terminal that can move its cursor, and TERM says that this one cannot. There are: pfsvpn show, and pfsvpn show --json\n")]
    public async Task Without_a_terminal_it_says_what_there_is_instead(string term, bool isTerminal, string complaint)
    {
        _environment["TERM"] = term;
        Assert.Equal(1, await Start(isTerminal, "top").WaitAsync(Bound));
        Assert.Equal((complaint, ""), (_error.ToString(), _output.Text));
    }

    [Fact]
    public void Without_a_terminal_to_type_on_it_says_so()
    {
        _stage.Terminal = (24, 80);
        var run = _stage.Cli(["top"], ("TERM", "xterm"));
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("top needs a terminal, and standard input is none.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Invalid option: `--intervall'", "--intervall", "2")]
    [InlineData("Invalid option: `--interval'", "--interval")]
    [InlineData("Invalid interval: `0', expected 0.1 to 3600 seconds", "--interval", "0")]
    [InlineData("Invalid interval: `-1', expected 0.1 to 3600 seconds", "--interval=-1")]
    [InlineData("", "wg0", "wg1")]
    public void Wrong_words_are_named(string complaint, params string[] words)
    {
        var run = _stage.Cli(["top", .. words]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal((complaint.Length == 0 ? "" : complaint + "\n") + "Usage: pfsvpn top [<interface>] [--interval <seconds>]\n", run.Error);
    }

    [Fact]
    public async Task An_interface_that_never_was_is_complained_of_before_the_terminal_is_touched()
    {
        Assert.Equal(1, await Start("top", "wg7").WaitAsync(Bound));
        Assert.StartsWith("Unable to access interface wg7: No such device", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _output.Text);
    }

    public void Dispose()
    {
        _stage.Dispose();
        _pty.Dispose();
    }

    private void AssertClean(byte[] before)
    {
        Assert.EndsWith(Left, _output.Text, StringComparison.Ordinal);
        Assert.Equal(before, _pty.Settings);
    }

    private Task<int> Start(params string[] words) => Start(isTerminal: true, words);

    private Task<int> Start(bool isTerminal, params string[] words) => Task.Run(() =>
    {
        using var context = new CliContext
        {
            Output = _output,
            Error = _error,
            Environment = name => _environment.GetValueOrDefault(name),
            StandardInput = _pty.Terminal,
            OutputIsTerminal = isTerminal,
            TerminalSize = static () => (24, 120),
            Clock = _clock,
            ControlDirectory = _stage.ControlDirectory,
        };
        return CommandTree.Run(context, words);
    });

    private sealed class BreakingClock : TimeProvider
    {
        public bool IsBroken { get; set; }

        public override TimeZoneInfo LocalTimeZone => IsBroken ? throw new TimeZoneNotFoundException() : TimeZoneInfo.Utc;
    }

    /// <summary>What was written, and word of it. Only what comes after the last look counts for the next.</summary>
    private sealed class WatchedSink : IByteSink
    {
        private readonly Lock _gate = new();
        private readonly StringBuilder _text = new();
        private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _seen;

        public string Text
        {
            get { lock (_gate) return _text.ToString(); }
        }

        public void Write(ReadOnlySpan<byte> bytes)
        {
            lock (_gate)
            {
                _text.Append(Encoding.UTF8.GetString(bytes));
                _more.TrySetResult();
            }
        }

        public async Task SawAsync(string what)
        {
            while (true)
            {
                Task more;
                lock (_gate)
                {
                    var found = _text.ToString().IndexOf(what, _seen, StringComparison.Ordinal);
                    if (found >= 0)
                    {
                        _seen = found + what.Length;
                        return;
                    }
                    if (_more.Task.IsCompleted) _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    more = _more.Task;
                }
                try
                {
                    await more.WaitAsync(Bound);
                }
                catch (TimeoutException)
                {
                    Assert.Fail($"It was not shown: {what}\n{Text.Replace('\e', '^')}");
                }
            }
        }
    }
}
