using System.Diagnostics;
using PfsVpn.Cli.Metrics;
using PfsVpn.Runtime;
using PfsVpn.Tests.Cli.View;
using PfsVpn.Tests.Simulation;

namespace PfsVpn.Tests.Cli;

/// <summary><c>metrics</c>: what daemons say, as Prometheus reads it.</summary>
public sealed class MetricsTests
{
    private const string Key = "g7jLUnHn+5xpNxmWXhd3KUJd+5O021RBZSo+KTE8Ph4=";
    private const string HexKey = "83b8cb5271e7fb9c693719965e177729425dfb93b4db5441652a3e29313c3e1e";

    /// <summary>Every member that a status has, but for what a real device writes in the test below.</summary>
    private const string Status =
        """
        {"interface":"wg0","version":"0.2.0","uptime_seconds":12.5,"up":true,"listen_port":51820,"mtu":1420,"secret_memory":"MemfdSecret","secret_slots":9,"aead":"vector256","tun_queues":2,
        "udp_receivers":4,"shared_runs":7,"offloads":{"tun_tso":true,"udp_gro":false},"memory":{"allocated_bytes":1048576,"collections":3},"timers":{"worst_lateness_ms":1.5},
        "drops":{"WrongMac1":5,"OfTheFuture":2},"keypairs":{"made":3,"erased":1},
        "secrecy":{"exposure_seconds":119.25,"exposure_bytes":4096,"keypairs_ending":0,"keys":{"Keypair":{"made":3,"erased":1,"alive":2,"erased_by_reason":{"PreviousRetired":1}}},
        "worst_outliving_ms":0.25,"protections":[{"name":"no cores","holds":true,"detail":"","remedy":null},{"name":"no swap","holds":false,"detail":"","remedy":null}],
        "peers":[{"public_key":"KEY","exposure_seconds":119.25,"exposure_bytes":4096,"keypairs":[{},{}],"handshake":{"unanswered_seconds":4},"keypairs_made":3,"keypairs_erased":1,
        "worst_outliving_ms":0.25,"erased_by_reason":{"PreviousRetired":1}}],"peers_without_keys":1},
        "peers":[{"public_key":"KEY","name":"Ann\"s \\ laptop\n","endpoint":"192.0.2.1:7","connected":true,"staged_packets":1,"last_handshake_seconds_ago":3.5,"rx_bytes":1000,"tx_bytes":2000,
        "rx_packets":10,"tx_packets":20,"handshakes":{"initiated":4,"answered":2,"completed":3,"unanswered_in_a_row":1,"failed":{"NoResponse":1}},"last_failure":{"reason":"NoResponse","seconds_ago":60}},
        {"public_key":"KEY","rx_bytes":1},{"public_key":"x","name":5,"rx_bytes":"many"}]}
        """;

    private static readonly string OneLine = Status.Replace("\n", "", StringComparison.Ordinal).Replace("KEY", Key, StringComparison.Ordinal);

    [Fact]
    public void Every_metric_of_the_list_is_exported()
    {
        var text = Export(OneLine);
        foreach (var family in MetricCatalog.All)
        {
            Assert.Contains($"# TYPE {family.Name} {family.TypeWord}\n{family.Name}", text, StringComparison.Ordinal);
            Assert.Equal(family.Type == MetricType.Counter, family.Name.EndsWith("_total", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("pfsvpn_up{interface=\"wg0\"} 1")]
    [InlineData("pfsvpn_build_info{interface=\"wg0\",version=\"0.2.0\",aead=\"vector256\"} 1")]
    [InlineData("pfsvpn_uptime_seconds{interface=\"wg0\"} 12.5")]
    [InlineData("pfsvpn_offload_enabled{interface=\"wg0\",offload=\"udp_gro\"} 0")]
    [InlineData("pfsvpn_timer_worst_lateness_seconds{interface=\"wg0\"} 0.0015")]
    [InlineData("pfsvpn_drops_total{interface=\"wg0\",reason=\"WrongMac1\"} 5")]
    [InlineData("pfsvpn_drops_total{interface=\"wg0\",reason=\"NoPeer\"} 0")]
    [InlineData("pfsvpn_drops_total{interface=\"wg0\",reason=\"OfTheFuture\"} 2")]
    [InlineData("pfsvpn_exposure_window_seconds{interface=\"wg0\"} 119.25")]
    [InlineData("pfsvpn_keys_erased_total{interface=\"wg0\",kind=\"Keypair\",reason=\"PreviousRetired\"} 1")]
    [InlineData("pfsvpn_protection_holds{interface=\"wg0\",protection=\"no swap\"} 0")]
    [InlineData($"pfsvpn_peer_receive_bytes_total{{interface=\"wg0\",public_key=\"{Key}\",name=\"Ann\\\"s \\\\ laptop\\n\"}} 1000")]
    [InlineData($"pfsvpn_peer_handshake_failures_total{{interface=\"wg0\",public_key=\"{Key}\",name=\"Ann\\\"s \\\\ laptop\\n\",reason=\"NoResponse\"}} 1")]
    [InlineData($"pfsvpn_peer_keypairs_alive{{interface=\"wg0\",public_key=\"{Key}\",name=\"Ann\\\"s \\\\ laptop\\n\"}} 2")]
    public void What_a_status_says_is_a_sample(string line) => Assert.Contains(line + "\n", Export(OneLine), StringComparison.Ordinal);

    [Fact]
    public void What_a_real_device_writes_is_understood()
    {
        using var pair = new Pair();
        pair.Connect();
        var text = Export(RealStatus.Of(pair.Network, pair.Alice, protections: [new Protection("no cores", true, "", null)]));
        Assert.Contains("pfsvpn_exposure_window_seconds{interface=\"wg0\"} 0.38\n", text, StringComparison.Ordinal);
        Assert.Contains("pfsvpn_keys_alive{interface=\"wg0\",kind=\"Keypair\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("pfsvpn_protection_holds{interface=\"wg0\",protection=\"no cores\"} 1\n", text, StringComparison.Ordinal);
        // What only some situations have: a data path with several threads, an erased key, an initiation that waits, a failure.
        string[] elsewhere =
        [
            "pfsvpn_shared_runs_total", "pfsvpn_keys_erased_total", "pfsvpn_peer_handshake_unanswered_seconds", "pfsvpn_peer_keys_erased_total", "pfsvpn_peer_handshake_failures_total",
            "pfsvpn_peer_last_failure_age_seconds",
        ];
        var missing = MetricCatalog.All.Select(static family => family.Name).Where(name => !text.Contains($"\n# TYPE {name} ", StringComparison.Ordinal));
        Assert.Empty(missing.Except(elsewhere, StringComparer.Ordinal));
    }

    [Fact]
    public void A_thousand_peers_with_odd_names_each_have_their_series()
    {
        string[] names = ["a\\\"}\n# TYPE x counter", "\ud83d\ude80 {le=\"1\"}", "\r\u0085\u2028\t\0", "\ud800", "", " "];
        var peers = Enumerable.Range(0, 1000).Select(i =>
            $"{{\"public_key\":\"peer {i}\",\"name\":{System.Text.Json.JsonSerializer.Serialize(names[i % names.Length])},\"rx_bytes\":{i},\"handshakes\":{{\"failed\":{{\"{"No\\\"Answer\\\\"}\":1}}}}}}");
        var text = Export($"{{\"peers\":[{string.Join(',', peers)}]}}");
        Assert.Contains("pfsvpn_peers{interface=\"wg0\"} 1000\n", text, StringComparison.Ordinal);
        foreach (var metric in (string[])["pfsvpn_peer_receive_bytes_total", "pfsvpn_peer_handshake_failures_total"])
            Assert.Equal(1000, text.Split('\n').Where(line => line.StartsWith(metric + "{", StringComparison.Ordinal)).Select(static line => line[..line.LastIndexOf(' ')]).Distinct(StringComparer.Ordinal).Count());
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), static line => Assert.Matches(@"^(# (HELP|TYPE) pfsvpn_\w+ .+|pfsvpn_\w+(\{(\w+=""([^""\\]|\\[\\""n])*"",?)*\})? [0-9.E+-]+)$", line));
    }

    [Fact]
    public void A_daemon_that_dies_between_two_scrapes_is_down_and_one_that_comes_back_is_up()
    {
        using var stage = new CliStage();
        var collector = new MetricsCollector(stage.ControlDirectory, [], TimeProvider.System);
        using (var dying = new FakeDaemon(stage.ControlDirectory, "wg0") { Status = OneLine })
            Assert.Contains("pfsvpn_up{interface=\"wg0\"} 1\n", Text(collector), StringComparison.Ordinal);
        Assert.DoesNotContain("pfsvpn_up{interface=\"wg0\"} 1", Text(collector), StringComparison.Ordinal);
        var named = new MetricsCollector(stage.ControlDirectory, ["wg0"], TimeProvider.System);
        Assert.Contains("pfsvpn_up{interface=\"wg0\"} 0\n", Text(named), StringComparison.Ordinal);
        Assert.DoesNotContain("pfsvpn_peers", Text(named), StringComparison.Ordinal);
        using (var back = new FakeDaemon(stage.ControlDirectory, "wg0") { Status = OneLine })
            Assert.Contains("pfsvpn_up{interface=\"wg0\"} 1\n", Text(named), StringComparison.Ordinal);

        static string Text(MetricsCollector collector) => System.Text.Encoding.UTF8.GetString(collector.Collect().Values.ToText(openMetrics: false));
    }

    [Fact]
    public void No_series_comes_twice_and_a_missing_member_is_left_out()
    {
        var series = Export(OneLine).Split('\n').Where(static line => line.StartsWith("pfsvpn", StringComparison.Ordinal)).Select(static line => line[..line.LastIndexOf(' ')]).ToList();
        Assert.Equal(series.Count, series.Distinct(StringComparer.Ordinal).Count());
        var text = Export("{\"interface\":\"wg0\",\"uptime_seconds\":\"long\",\"drops\":7,\"peers\":{},\"secrecy\":[]}");
        Assert.Contains("pfsvpn_up{interface=\"wg0\"} 1\n", text, StringComparison.Ordinal);
        foreach (var missing in (ReadOnlySpan<string>)["pfsvpn_uptime", "pfsvpn_drops", "pfsvpn_exposure", "pfsvpn_peer_"]) Assert.DoesNotContain(missing, text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_daemon_without_status_is_asked_for_traffic_and_its_keys_are_passed_over()
    {
        using var stage = new CliStage();
        var secret = new string('a', 64);
        stage.Start("wg0", $"private_key={secret}\nlisten_port=51820\npublic_key={HexKey}\nname=desk\npreshared_key={secret}\nendpoint=192.0.2.1:5\nlast_handshake_time_sec=1000\n" +
            "last_handshake_time_nsec=500000000\nrx_bytes=17\ntx_bytes=18446744073709551615\n");
        var run = stage.CliAt(DateTimeOffset.FromUnixTimeSeconds(1002), ["metrics", "wg0", "--once"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        var labels = $"{{interface=\"wg0\",public_key=\"{Key}\",name=\"desk\"}}";
        Assert.Contains($"pfsvpn_peer_receive_bytes_total{labels} 17\n", run.Output, StringComparison.Ordinal);
        Assert.Contains($"pfsvpn_peer_transmit_bytes_total{labels} 1.8446744073709552E+19\n", run.Output, StringComparison.Ordinal);
        Assert.Contains($"pfsvpn_peer_handshake_age_seconds{labels} 1.5\n", run.Output, StringComparison.Ordinal);
        Assert.Contains("pfsvpn_peers{interface=\"wg0\"} 1\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("qqqqqq", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("aaaaaa", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"a\":}")]
    public void Nonsense_makes_one_interface_down_and_leaves_the_others(string nonsense)
    {
        using var stage = new CliStage();
        stage.Start("wg0").Status = nonsense;
        stage.Start("wg1").Status = OneLine;
        var run = stage.Cli(["metrics", "--once"]);
        Assert.Equal((1, "Unable to access interface wg0: the daemon's answer is malformed\n"), (run.ExitCode, run.Error));
        Assert.Contains("pfsvpn_up{interface=\"wg0\"} 0\npfsvpn_up{interface=\"wg1\"} 1\n", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("pfsvpn_peers{interface=\"wg0\"}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interface_that_is_not_there_is_down()
    {
        using var stage = new CliStage();
        var run = stage.Cli(["metrics", "wg7", "--once"]);
        Assert.Equal(1, run.ExitCode);
        Assert.StartsWith("Unable to access interface wg7: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("pfsvpn_up{interface=\"wg7\"} 0\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Unable to listen on `:9586': the address is missing; 127.0.0.1 is this host alone, 0.0.0.0 or [::] everyone who can reach it", "--listen", ":9586")]
    [InlineData("Unable to listen on `127.0.0.1': the port is missing: 127.0.0.1:9586, [::1]:9586 or unix:/run/pfsvpn-metrics.sock", "--listen", "127.0.0.1")]
    [InlineData("Unable to listen on `127.0.0.1:0': `0' is no port from 1 to 65535", "--listen=127.0.0.1:0")]
    [InlineData("Unable to listen on `::1:9586': `::1' is no address; an IPv6 address stands in brackets: [::1]:9586", "--listen", "::1:9586")]
    [InlineData("Unable to listen on `unix:x': `x' is no absolute path", "--listen", "unix:x")]
    [InlineData("--listen lacks its value", "--listen")]
    [InlineData("--listen is given twice", "--listen", "[::1]:1", "--listen", "[::1]:2")]
    [InlineData("--once prints the text and does not listen: leave --listen out", "--once", "--listen", "[::1]:1")]
    [InlineData("Invalid option: `--twice'", "--twice")]
    [InlineData("Invalid log format: `xml', expected text or json", "--log-format", "xml")]
    [InlineData("One interface is named twice", "wg0", "wg0")]
    public void Wrong_words_are_named(string complaint, params string[] words)
    {
        using var stage = new CliStage();
        var run = stage.Cli(["metrics", .. words]);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith(complaint + "\nUsage: pfsvpn metrics ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_formats_are_what_their_readers_want()
    {
        using var stage = new CliStage();
        stage.Start("wg0").Status = OneLine;
        var values = new MetricsCollector(stage.ControlDirectory, [], TimeProvider.System).Collect().Values;
        var (text, open) = (System.Text.Encoding.UTF8.GetString(values.ToText(openMetrics: false)), System.Text.Encoding.UTF8.GetString(values.ToText(openMetrics: true)));
        Assert.Contains("# TYPE pfsvpn_drops_total counter\n", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE pfsvpn_drops counter\npfsvpn_drops_total{", open, StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", open, StringComparison.Ordinal);
        Assert.DoesNotContain("# EOF", text, StringComparison.Ordinal);
    }

    [ProgramFact("promtool")]
    public void Promtool_finds_nothing_to_complain_of()
    {
        var start = new ProcessStartInfo("promtool", ["check", "metrics"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(Export(OneLine));
        process.StandardInput.Close();
        var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal((0, ""), (process.ExitCode, said));
    }

    private static string Export(string status)
    {
        using var stage = new CliStage();
        stage.Start("wg0").Status = status;
        var run = stage.Cli(["metrics", "wg0", "--once"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        return run.Output;
    }
}
