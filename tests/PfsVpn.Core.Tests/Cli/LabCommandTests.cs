namespace PfsVpn.Tests.Cli;

/// <summary>The words of the experiments.</summary>
public sealed class LabCommandTests
{
    [Theory]
    [InlineData("seizure")]
    [InlineData("policies")]
    public void An_experiment_explains_itself(string experiment)
    {
        using var stage = new CliStage();
        var help = stage.Cli(["lab", experiment, "help"]);
        Assert.Equal((0, ""), (help.ExitCode, help.Error));
        Assert.StartsWith($"Usage: pfsvpn lab {experiment} ", help.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("seizure", "--minutes")]
    [InlineData("seizure", "--minutes", "0")]
    [InlineData("seizure", "--minutes", "1e9")]
    [InlineData("seizure", "--rekey-after", "9")]
    [InlineData("seizure", "--rekey-after", "121")]
    [InlineData("seizure", "now")]
    [InlineData("policies", "--png", "x")]
    public void Words_that_are_not_understood_start_nothing(params string[] words)
    {
        using var stage = new CliStage();
        var run = stage.Cli(["lab", .. words]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.Contains($"\nUsage: pfsvpn lab {words[0]} ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_comparison_is_printed_and_drawn()
    {
        using var stage = new CliStage();
        var picture = stage.WriteFile("policies.svg", "");
        var run = stage.Cli(["lab", "policies", "--svg", picture]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("PfsVpn, shortest (10 s)", run.Output, StringComparison.Ordinal);
        Assert.StartsWith("<svg ", File.ReadAllText(picture), StringComparison.Ordinal);
        var unwritable = stage.Cli(["lab", "policies", "--svg", Path.Combine(picture, "x")]);
        Assert.Equal(1, unwritable.ExitCode);
        Assert.Contains("cannot be written", unwritable.Error, StringComparison.Ordinal);
    }
}
