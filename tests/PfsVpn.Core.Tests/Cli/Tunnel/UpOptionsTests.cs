using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Tests.Cli.Tunnel;

/// <summary>The words behind <c>up</c>, and what of them the daemon gets.</summary>
public sealed class UpOptionsTests
{
    [Fact]
    public void Without_options_the_daemon_gets_nothing_but_the_name()
    {
        var options = Parse(["wg0"]);
        Assert.Equal((false, null, LogFormat.Text), (options.InForeground, options.Metrics, options.Format));
        Assert.Empty(options.DaemonArguments);
        Assert.Empty(options.DaemonVariables);
    }

    [Theory]
    [InlineData("--metrics", "127.0.0.1:9586", "127.0.0.1:9586")]
    [InlineData("--metrics=localhost:9586", null, "127.0.0.1:9586")]
    [InlineData("--metrics", "[::1]:9586", "[::1]:9586")]
    [InlineData("--metrics", "unix:/run/m.sock", "unix:/run/m.sock")]
    public void The_daemon_is_started_with_metrics(string option, string? value, string address)
    {
        using var world = new TunnelWorld();
        var path = world.Write("wg0.conf", "[Interface]\n");
        string[] words = value is null ? ["--dry-run", option, path] : ["--dry-run", option, value, path];
        Assert.Equal(0, new UpCommand().Run(world.Context, words));
        Assert.Contains($"[#] /usr/bin/pfsvpnd --metrics {address} wg0\n", world.Said, StringComparison.Ordinal);
        Assert.DoesNotContain("Warning", world.Said, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_others_reach_is_warned_of()
    {
        using var world = new TunnelWorld();
        new UpCommand().Run(world.Context, ["--metrics", "0.0.0.0:9586", "--dry-run", world.Write("wg0.conf", "[Interface]\n")]);
        Assert.StartsWith("Warning: 0.0.0.0:9586 can be reached by other hosts", world.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { "--foreground", "--log-format", "json", "wg0" }, "", "json")]
    [InlineData(new[] { "--foreground", "wg0" }, "json", "json")]
    [InlineData(new[] { "--foreground", "--log-format=text", "wg0" }, "json", "")]
    [InlineData(new[] { "--foreground", "wg0" }, "journal", "")]
    [InlineData(new[] { "wg0" }, "json", null)]
    public void The_format_of_the_log_goes_on_to_the_daemon(string[] words, string variable, string? handedOn) =>
        Assert.Equal(handedOn, UpOptions.Parse(words, _ => variable).DaemonVariables.GetValueOrDefault("PFSVPN_LOG_FORMAT"));

    [Theory]
    [InlineData("", "--foreground")]
    [InlineData("", "wg0", "wg1")]
    [InlineData("Invalid option: `--metric'", "--metric", "127.0.0.1:1", "wg0")]
    [InlineData("Unable to listen on `9586': the port is missing: 127.0.0.1:9586, [::1]:9586 or unix:/run/pfsvpn-metrics.sock", "--metrics", "9586", "wg0")]
    [InlineData("--log-format is for --foreground: without it nothing is logged here", "--log-format", "json", "wg0")]
    [InlineData("Invalid log format: `xml', expected text or json", "--foreground", "--log-format", "xml", "wg0")]
    [InlineData("--dry-run changes nothing, so there is nothing to stay for: leave --foreground out", "--dry-run", "--foreground", "wg0")]
    public void Wrong_words_are_named_before_anything_is_done(string complaint, params string[] words)
    {
        using var world = new TunnelWorld();
        var refused = Assert.Throws<UsageException>(() => new UpCommand().Run(world.Context, words));
        Assert.Equal(complaint, refused.Message);
        Assert.Empty(world.Runner.Ran);
    }

    [Fact]
    public void A_variable_that_is_neither_format_is_named() =>
        Assert.Equal("PFSVPN_LOG_FORMAT is `xml', expected text or json", Assert.Throws<UsageException>(() => UpOptions.Parse(["--foreground", "wg0"], static _ => "xml")).Message);

    private static UpOptions Parse(string[] words) => UpOptions.Parse(words, static _ => null);
}
