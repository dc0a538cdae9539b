using PfsVpn.Daemon;
using PfsVpn.Daemon.Logging;

namespace PfsVpn.SystemTests.Daemon;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData(new string[0], "the interface's name is missing")]
    [InlineData(new[] { "-f" }, "the interface's name is missing")]
    [InlineData(new[] { "--" }, "the interface's name is missing")]
    [InlineData(new[] { "" }, "is empty")]
    [InlineData(new[] { "wg0", "wg1" }, "\"wg1\" is one too many")]
    [InlineData(new[] { "--verbose", "wg0" }, "there is no option \"--verbose\"")]
    [InlineData(new[] { "-" }, "there is no option \"-\"")]
    [InlineData(new[] { "--log-format" }, "--log-format wants one of text, json, journal")]
    [InlineData(new[] { "--log-format", "xml", "wg0" }, "--log-format wants one of text, json, journal")]
    [InlineData(new[] { "--log-format=json", "wg0" }, "there is no option \"--log-format=json\"")]
    [InlineData(new[] { "wg0", "--metrics" }, "--metrics lacks its address")]
    [InlineData(new[] { "--metrics", "unix:/x", "--metrics", "unix:/y", "wg0" }, "--metrics is given twice")]
    [InlineData(new[] { "wg/0" }, "contains '/'")]
    [InlineData(new[] { "wg 0" }, "contains ' '")]
    [InlineData(new[] { "wg:0" }, "contains ':'")]
    [InlineData(new[] { "wg\n0" }, "contains '?'")]
    [InlineData(new[] { ".." }, "cannot be the name")]
    [InlineData(new[] { "abcdefghijklmnop" }, "16 bytes, at most 15")]
    [InlineData(new[] { "ääääääää" }, "16 bytes, at most 15")]
    public void AWrongCommandLineEndsWithOneAndSaysWhatIsWrong(string[] arguments, string message)
    {
        var line = CommandLine.Parse(arguments);

        Assert.Equal(CommandKind.Wrong, line.Kind);
        Assert.Contains(message, line.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "wg0" }, "wg0", false)]
    [InlineData(new[] { "-f", "wg0" }, "wg0", true)]
    [InlineData(new[] { "--foreground", "wg0" }, "wg0", true)]
    [InlineData(new[] { "wg0", "-f" }, "wg0", true)]
    [InlineData(new[] { "--", "-f" }, "-f", false)]
    [InlineData(new[] { "abcdefghijklmno" }, "abcdefghijklmno", false)]
    public void ARightCommandLineNamesTheInterface(string[] arguments, string name, bool foreground)
    {
        var line = CommandLine.Parse(arguments);

        Assert.Equal((CommandKind.Run, name, foreground), (line.Kind, line.InterfaceName, line.Foreground));
    }

    [Theory]
    [InlineData(new[] { "--log-format", "json", "wg0" }, null, LogFormat.Json)]
    [InlineData(new[] { "wg0", "--log-format", "journal" }, "json", LogFormat.Journal)]
    [InlineData(new[] { "wg0" }, "text", LogFormat.Text)]
    [InlineData(new[] { "wg0" }, "", LogFormat.Auto)]
    [InlineData(new[] { "wg0" }, null, LogFormat.Auto)]
    public void TheFormatOfTheLogComesFromTheLineElseFromTheEnvironment(string[] arguments, string? variable, object format)
    {
        var settings = DaemonSettings.From(CommandLine.Parse(arguments), name => name == DaemonSettings.FormatVariable ? variable : null);

        Assert.Equal((format, "wg0"), (settings.LogFormat, settings.InterfaceName));
    }

    [Fact]
    public void AnEnvironmentWithAnUnknownFormatIsRefused() => Assert.Contains(
        "PFSVPN_LOG_FORMAT=xml is none of text, json, journal",
        Assert.Throws<StartException>(() => DaemonSettings.From(CommandLine.Parse(["wg0"]), static name => name == DaemonSettings.FormatVariable ? "xml" : null)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void TheProgramPrintsTheMessageTheUsageAndNothingElse()
    {
        var result = Command.Run(Command.Pfsvpnd, "--nonsense");

        Assert.Equal(1, result.ExitCode);
        Assert.Empty(result.Output);
        Assert.Equal("pfsvpnd: there is no option \"--nonsense\".\nUsage: pfsvpnd [-f|--foreground] [--log-format FORMAT] [--metrics ADDRESS:PORT|unix:PATH] INTERFACE\n", result.Error);
    }

    [Theory]
    [InlineData("--version", "pfsvpnd v")]
    [InlineData("-V", "pfsvpnd v")]
    [InlineData("--help", "Usage: pfsvpnd [-f|--foreground] [--log-format FORMAT] [--metrics ADDRESS:PORT|unix:PATH] INTERFACE")]
    [InlineData("-h", "WG_TUN_FD")]
    public void VersionAndHelpSucceed(string argument, string text)
    {
        var result = Command.Run(Command.Pfsvpnd, argument);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains(text, result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Theory]
    [InlineData("WG_TUN_FD", "x", "WG_TUN_FD=x is not the number of a descriptor")]
    [InlineData("WG_TUN_FD", "1", "WG_TUN_FD=1 is not the number of a descriptor")]
    [InlineData("WG_UAPI_FD", "-5", "WG_UAPI_FD=-5 is not the number of a descriptor")]
    [InlineData("WG_TUN_FD", "900", "this process was not given a descriptor 900")]
    [InlineData("WG_UAPI_FD", "900", "this process was not given a descriptor 900")]
    public void ADescriptorThatCannotBeIsRefused(string name, string value, string message)
    {
        var result = Command.Run([(name, value)], Command.Pfsvpnd, RunningDaemon.NewName());

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(message, result.Error, StringComparison.Ordinal);
    }
}
