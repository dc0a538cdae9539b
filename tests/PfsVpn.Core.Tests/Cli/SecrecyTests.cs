using System.Text.Json;
using PfsVpn.Cli;
using PfsVpn.Runtime;
using PfsVpn.Tests.Runtime;
using PfsVpn.Tests.Simulation;

namespace PfsVpn.Tests.Cli;

/// <summary><c>secrecy</c>: what a daemon says about its keys, for people and for monitoring.</summary>
public sealed class SecrecyTests
{
    private static readonly Protection[] Protections =
    [
        new("no cores", true, "the limit is 0", null),
        new("no swap of secrets", false, "memory cannot be locked", "ulimit -l unlimited"),
    ];

    [Fact]
    public void One_line_says_what_a_seizure_would_give_away()
    {
        using var stage = new CliStage();
        stage.Start("wg0").Status = Status();
        var run = stage.Cli(["secrecy", "wg0"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.StartsWith(
            "interface: wg0\n" +
            "  If this machine were seized now, at most the last 2 min 2 s (496 B) of recorded traffic could be read.\n" +
            "  No key ever outlived its deadline.\n" +
            "  1 of 2 protections of the process does not hold; see below.\n\npeer: ", run.Output, StringComparison.Ordinal);
        Assert.Contains("    current   0 s           32 B         1 min 59 s    2 min 59 s    not yet\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("    previous  2 min 1 s     464 B        -             58 s          yes\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("  keypairs: 2 made, 0 erased, none late\n  ends: 2 handshake completed\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n  [ok] no cores: the limit is 0\n  [NO] no swap of secrets: memory cannot be locked\n       to do: ulimit -l unlimited\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("  0 s ago          handshake secrets ", run.Output, StringComparison.Ordinal);
        Assert.EndsWith("asked for a session, and when.\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\e', run.Output);
    }

    [Fact]
    public void Without_a_key_nothing_could_be_read()
    {
        using var pair = new Pair();
        using var stage = new CliStage();
        stage.Start("wg0").Status = Wrap(SecrecyWriterTests.Write(pair.Network, pair.Alice));
        var run = stage.Cli(["secrecy", "wg0"]);
        Assert.Contains("If this machine were seized now, no recorded traffic could be read: no session key exists.\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("\n1 peer had no key since the start.\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("protections of the process: not told by this daemon\n", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Colours_are_as_with_show()
    {
        using var stage = new CliStage();
        stage.Start("wg0").Status = Status();
        Assert.DoesNotContain('\e', stage.Cli(["secrecy", "wg0"], ("WG_COLOR_MODE", "auto")).Output);
        var coloured = stage.Cli(["secrecy", "wg0"], ("WG_COLOR_MODE", "always")).Output;
        Assert.StartsWith("\e[32m\e[1minterface\e[0m: \e[32mwg0\e[0m\n", coloured, StringComparison.Ordinal);
        stage.Terminal = (24, 80);
        Assert.Equal(coloured, stage.Cli(["secrecy", "wg0"]).Output);
        Assert.DoesNotContain('\e', stage.Cli(["secrecy", "wg0"], ("WG_COLOR_MODE", "never")).Output);
    }

    [Fact]
    public void The_JSON_is_the_daemons_object_one_line_for_each_interface()
    {
        using var stage = new CliStage();
        stage.Start("wg1").Status = Status("wg1");
        stage.Start("wg0").Status = Status();
        var run = stage.Cli(["secrecy", "--json"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var lines = run.Output.Split('\n');
        Assert.Equal("wg0 wg1", string.Join(' ', lines[..^1].Select(static line => JsonElement.Parse(line).GetProperty("interface").GetString())));
        Assert.Equal(1, JsonElement.Parse(lines[0]).GetProperty("schema").GetInt32());
        Assert.Equal(lines[1] + "\n", stage.Cli(["secrecy", "--json", "wg1"]).Output);
        Assert.Equal(run.Output, stage.Cli(["secrecy", "all", "--json"]).Output);
    }

    [Fact]
    public void A_daemon_that_says_nothing_of_its_keys_is_complained_of_and_the_others_are_shown()
    {
        using var stage = new CliStage();
        stage.Start("other");
        var alone = stage.Cli(["secrecy", "other"]);
        Assert.Equal((1, ""), (alone.ExitCode, alone.Output));
        Assert.Equal("Unable to access interface other: Protocol error; its daemon says nothing about its keys: it is another one than pfsvpnd, or older than this program\n", alone.Error);
        stage.Start("wg0").Status = Status();
        stage.Start("older").Status = "{\"interface\":\"older\"}";
        var all = stage.Cli(["secrecy"]);
        Assert.Equal((0, 2), (all.ExitCode, all.Error.Split('\n').Length - 1));
        Assert.StartsWith("interface: wg0\n", all.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"secrecy\":17}")]
    [InlineData("{\"secrecy\":{}}")]
    [InlineData("{\"secrecy\":{\"interface\":5}}")]
    [InlineData("{\"secrecy\":{\"interface\":\"wg0\",\"exposure_seconds\":\"long\"}}")]
    public void Nonsense_is_an_error_and_no_crash(string status)
    {
        using var stage = new CliStage();
        stage.Start("wg0").Status = status;
        var run = stage.Cli(["secrecy", "wg0"]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith("Unable to access interface wg0: Protocol error; the daemon's answer is malformed (", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_a_daemon_says_moves_the_cursor()
    {
        using var stage = new CliStage();
        stage.Start("wg0").Status = Status().Replace("the limit is 0", "\\u001b[2Jgone\\n", StringComparison.Ordinal);
        Assert.Contains("[ok] no cores: ?[2Jgone?\n", stage.Cli(["secrecy", "wg0"]).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Invalid option: `--jason'", "--jason")]
    [InlineData("", "one", "two")]
    [InlineData("Invalid interval: `0', expected 1 to 86400 seconds", "--watch=0")]
    [InlineData("Invalid interval: `1.5', expected 1 to 86400 seconds", "--watch=1.5")]
    [InlineData("Invalid option: `--watch'", "--watch", "--watch")]
    public void Wrong_words_are_named(string complaint, params string[] words)
    {
        using var stage = new CliStage();
        var run = stage.Cli(["secrecy", .. words]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Equal((complaint.Length == 0 ? "" : complaint + "\n") + "Usage: pfsvpn secrecy [<interface> | all] [--json] [--watch[=<seconds>]]\n", run.Error);
    }

    [Fact]
    public void No_interfaces_are_no_error_and_an_unknown_one_is()
    {
        using var stage = new CliStage();
        Assert.Equal(new RunResult(0, "", ""), stage.Cli(["secrecy"]));
        foreach (var words in new[] { new[] { "secrecy", "wg7" }, ["secrecy", "wg7", "--watch"] })
        {
            var run = stage.Cli(words);
            Assert.Equal((1, ""), (run.ExitCode, run.Output));
            Assert.StartsWith("Unable to access interface wg7: No such device", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Watching_a_pipe_gives_blocks_and_says_when_the_interface_is_gone_and_when_it_is_back()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("wg0");
        daemon.Status = Status();
        var frames = 0;
        stage.Sleep = pause =>
        {
            Assert.Equal(TimeSpan.FromSeconds(2), pause);
            if (++frames == 3) throw new CliException("interrupted", 130);
            daemon.Status = frames == 1 ? null : Status();
        };
        var run = stage.CliAt(DateTimeOffset.UnixEpoch, ["secrecy", "wg0", "--watch=2"]);
        Assert.Equal(130, run.ExitCode);
        Assert.DoesNotContain('\e', run.Output);
        Assert.Equal(2, run.Output.Split("If this machine were seized now").Length - 1);
        Assert.Contains("\n\nUnable to access interface wg0: ", run.Output, StringComparison.Ordinal);
        Assert.Equal(3, run.Output.Split("1970-01-01 ").Length - 1);
    }

    [Fact]
    public void Watching_on_a_terminal_draws_over_the_last_text_and_never_beyond_the_last_row()
    {
        using var stage = new CliStage { Terminal = (12, 60) };
        stage.Start("wg0").Status = Status();
        var frames = 0;
        stage.Sleep = _ =>
        {
            if (++frames == 2) throw new CliException("interrupted", 130);
        };
        var output = stage.Cli(["secrecy", "--watch"]).Output;
        Assert.StartsWith("\e[2J\e[H", output, StringComparison.Ordinal);
        var parts = output.Split("\e[H");
        Assert.Equal(3, parts.Length);
        foreach (var frame in parts[1..])
        {
            Assert.EndsWith("more lines)\e[K\n\e[J", frame, StringComparison.Ordinal);
            Assert.Equal(frame.Split('\n').Length, frame.Split("\e[K").Length);
            // The verdict is wider than the terminal and takes two rows.
            Assert.InRange(frame.Split('\n').Length - 1, 6, 10);
        }
        Assert.DoesNotContain("\e[2J", parts[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Watching_the_JSON_gives_a_line_each_time()
    {
        using var stage = new CliStage { Terminal = (24, 80) };
        stage.Start("wg0").Status = Status();
        var frames = 0;
        stage.Sleep = _ =>
        {
            if (++frames == 3) throw new CliException("interrupted", 130);
        };
        var output = stage.Cli(["secrecy", "wg0", "--json", "--watch"]).Output;
        Assert.Equal(3, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line)).Count());
    }

    /// <summary>What the daemon of a device says that has just made a new key, beside an old one.</summary>
    private static string Status(string name = "wg0")
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Run(120.4);
        pair.AliceSends();
        pair.Network.Run(1);
        return Wrap(SecrecyWriterTests.Write(pair.Network, pair.Alice, Protections), name);
    }

    private static string Wrap(JsonElement secrecy, string name = "wg0") =>
        $"{{\"interface\":\"{name}\",\"secrecy\":{secrecy.GetRawText().Replace("test0", name, StringComparison.Ordinal)},\"peers\":[]}}";
}
