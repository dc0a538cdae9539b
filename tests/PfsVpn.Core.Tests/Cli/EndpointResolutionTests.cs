using PfsVpn.Cli;
using PfsVpn.Cli.Input;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Cli;

/// <summary>Look-ups of endpoints: how often, how long, and what is said.</summary>
public sealed class EndpointResolutionTests
{
    private const string Retries = "WG_ENDPOINT_RESOLUTION_RETRIES";
    private static readonly string[] SetEndpoint = ["set", "res0", "peer", CannedDevices.Base64(1), "endpoint", "vpn.example:51820"];

    [Fact]
    public void A_resolver_that_does_not_answer_is_asked_fifteen_times_again_at_growing_distances()
    {
        var (run, waits, sent) = Run(int.MaxValue, SetEndpoint);
        Assert.Equal((1, 0), (run.ExitCode, sent.Length));
        Assert.Equal(15, waits.Count);
        Assert.Equal([1, 1.2, 1.44, 1.728], waits.Take(4).Select(static wait => Math.Round(wait.TotalSeconds, 4)));
        Assert.True(waits.Max() < TimeSpan.FromSeconds(20));
        var lines = run.Error.Split('\n');
        Assert.Equal("endpoint: Temporary failure in name resolution: `vpn.example:51820'. Trying again in 1.00 seconds...", lines[0]);
        Assert.Equal("endpoint: Temporary failure in name resolution: `vpn.example:51820'. Trying again in 1.20 seconds...", lines[1]);
        Assert.Equal("endpoint: Temporary failure in name resolution: `vpn.example:51820'", lines[^2]);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("3", 3)]
    public void The_environment_says_how_often(string retries, int expected)
    {
        var (run, waits, _) = Run(int.MaxValue, SetEndpoint, (Retries, retries));
        Assert.Equal((1, expected), (run.ExitCode, waits.Count));
    }

    [Fact]
    public void Infinity_is_as_often_as_it_takes_and_never_more_than_twenty_seconds_apart()
    {
        var (run, waits, sent) = Run(100, SetEndpoint, (Retries, "infinity"));
        Assert.Equal((0, 100), (run.ExitCode, waits.Count));
        Assert.Equal(TimeSpan.FromSeconds(20), waits[^1]);
        Assert.Contains("endpoint=192.0.2.7:51820\n", Assert.Single(sent), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NativeResolver.EAI_NONAME)]
    [InlineData(NativeResolver.EAI_FAIL)]
    [InlineData(NativeResolver.EAI_NODATA)]
    [InlineData(NativeResolver.EAI_SERVICE)]
    public void A_final_answer_is_believed_at_once(int error)
    {
        var (run, waits, sent) = Run(int.MaxValue, SetEndpoint, error: error);
        Assert.Equal((1, 0, 0), (run.ExitCode, waits.Count, sent.Length));
    }

    [Theory]
    [InlineData("many")]
    [InlineData("-1")]
    [InlineData("99999999999")]
    public void A_number_of_retries_that_is_none_is_refused(string retries)
    {
        var (run, _, sent) = Run(0, SetEndpoint, (Retries, retries));
        Assert.Equal(new RunResult(1, "", $"{Retries}: neither a number nor infinity: `{retries}'\n"), run);
        Assert.Empty(sent);
    }

    [Fact]
    public void Several_names_are_looked_up_before_anything_is_sent()
    {
        var (run, waits, sent) = Run(2, [.. SetEndpoint, "peer", CannedDevices.Base64(2), "endpoint", "other.example:1"]);
        Assert.Equal((0, 2), (run.ExitCode, waits.Count));
        Assert.Equal(2, Assert.Single(sent).Split("endpoint=192.0.2.7:").Length - 1);
    }

    private static (RunResult Run, List<TimeSpan> Waits, string[] Sent) Run(int failures, string[] arguments, (string Name, string Value)? variable = null, int error = NativeResolver.EAI_AGAIN)
    {
        var waits = new List<TimeSpan>();
        using var stage = new CliStage { Resolver = new FailingResolver(failures, error), Sleep = waits.Add };
        var daemon = stage.Start("res0");
        var run = stage.Cli(arguments, variable is { } given ? [given] : []);
        return (run, waits, daemon.Take());
    }

    private sealed class FailingResolver(int failures, int error) : INameResolver
    {
        private int _left = failures;

        public int Resolve(string host, string port, out EndpointAddress endpoint)
        {
            Assert.True(IpAddress.TryParse("192.0.2.7", out var address));
            endpoint = new EndpointAddress(address, ushort.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
            return _left-- > 0 ? error : 0;
        }

        public ushort? ServicePort(string service) => null;
    }
}
