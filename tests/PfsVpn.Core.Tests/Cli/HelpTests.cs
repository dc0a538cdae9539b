using PfsVpn.Cli;

namespace PfsVpn.Tests.Cli;

/// <summary>Help and version, on every level.</summary>
public sealed class HelpTests
{
    private static readonly string[] CommandsOfWg = ["show", "showconf", "set", "setconf", "addconf", "syncconf", "genkey", "genpsk", "pubkey"];

    /// <summary>Words of usage lines that wg has not.</summary>
    private static readonly string[] OwnWords =
        ["[rekey-after-time <seconds>] [rekey-after-bytes <bytes>] ", "[bind-device <interface>] [bind-address <ip>[,<ip>]] ", "[name <name>] ", " | --json"];

    /// <summary>Commands that wg has not; they stand behind those that it has.</summary>
    private static readonly string[] OwnCommands = [.. CommandTree.Commands.Select(static command => command.Name).Except(CommandsOfWg, StringComparer.Ordinal)];

    public static TheoryData<string> Commands => [.. CommandsOfWg];

    public static TheoryData<string> CommandsOfOurs => [.. OwnCommands];

    [WgTheory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    public void The_help_of_the_program_is_that_of_wg(string word)
    {
        using var stage = new CliStage();
        var wg = stage.Wg([word]);
        var own = stage.Cli([word]);
        Assert.Equal(wg with { Output = wg.Output.Replace("Usage: wg", "Usage: pfsvpn", StringComparison.Ordinal) }, own with { Output = AsWgHasIt(own.Output) });
    }

    [Theory, MemberData(nameof(Commands)), MemberData(nameof(CommandsOfOurs))]
    public void Every_command_explains_itself(string command)
    {
        using var stage = new CliStage();
        var help = stage.Cli([command, "--help"]);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.StartsWith($"Usage: pfsvpn {command}", help.Output, StringComparison.Ordinal);
        Assert.Equal(help, stage.Cli([command, "-h"]));
        if (command != "showconf") Assert.Equal(help, stage.Cli([command, "help"]));
    }

    [Fact]
    public void Each_experiment_explains_itself()
    {
        using var stage = new CliStage();
        foreach (var experiment in PfsVpn.Cli.Commands.LabCommand.Experiments)
        {
            var help = stage.Cli(["lab", experiment.Name, "--help"]);
            Assert.Equal((0, ""), (help.ExitCode, help.Error));
            Assert.StartsWith($"Usage: pfsvpn lab {experiment.Name}", help.Output, StringComparison.Ordinal);
            Assert.Equal(help, stage.Cli(["lab", experiment.Name, "help"]));
            Assert.Contains(experiment.Summary, stage.Cli(["lab", "--help"]).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_part_of_new_explains_itself()
    {
        using var stage = new CliStage();
        foreach (var part in PfsVpn.Cli.Provision.NewCommand.Parts)
        {
            var help = stage.Cli(["new", part.Name, "--help"]);
            Assert.Equal((0, ""), (help.ExitCode, help.Error));
            Assert.StartsWith($"Usage: pfsvpn new {part.Name}", help.Output, StringComparison.Ordinal);
            Assert.Contains(part.Summary, stage.Cli(["new", "--help"]).Output, StringComparison.Ordinal);
        }
    }

    [WgTheory, MemberData(nameof(Commands))]
    public void The_usage_line_is_that_of_wg(string command)
    {
        using var stage = new CliStage();
        var words = new[] { command, "too", "many", "words" };
        if (command == "set") words = [command];
        var usage = stage.Wg(words).Error.Replace("Usage: wg", "Usage: pfsvpn", StringComparison.Ordinal);
        // The signs before allowed IPs are of newer versions.
        var own = stage.Cli(words).Error.Replace("[+|-]", "", StringComparison.Ordinal);
        Assert.Equal(usage, OwnWords.Aggregate(own, static (text, word) => text.Replace(word, "", StringComparison.Ordinal)));
    }

    [WgFact]
    public void An_unknown_command_is_named_and_the_help_follows()
    {
        using var stage = new CliStage();
        var wg = stage.Wg(["bogus", "x"]);
        var own = stage.Cli(["bogus", "x"]);
        Assert.Equal(wg with { Error = wg.Error.Replace("Usage: wg", "Usage: pfsvpn", StringComparison.Ordinal) }, own with { Error = AsWgHasIt(own.Error) });
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("-v")]
    [InlineData("version")]
    public void The_version_is_told(string word)
    {
        using var stage = new CliStage();
        var run = stage.Cli([word]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"^pfsvpn v\d+\.\d+\.\d+[^ ]*\n$", run.Output);
    }

    [Fact]
    public void An_invalid_selector_is_named()
    {
        using var stage = new CliStage();
        var run = stage.Cli(["show", "all", "peer"]);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("Invalid parameter: `peer'\nUsage: pfsvpn show ", run.Error, StringComparison.Ordinal);
    }

    private static string AsWgHasIt(string help) =>
        string.Join('\n', help.Split('\n').Where(line => !OwnCommands.Any(name => line.StartsWith($"  {name}: ", StringComparison.Ordinal))));
}
