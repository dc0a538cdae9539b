using System.Net.Sockets;

namespace PfsVpn.Tests.Cli;

/// <summary><c>show</c> and <c>showconf</c> print what <c>wg</c> prints, byte for byte.</summary>
public sealed class ShowTests
{
    private static readonly string[] Selectors =
        ["public-key", "private-key", "listen-port", "fwmark", "peers", "preshared-keys", "endpoints", "allowed-ips", "latest-handshakes", "transfer", "persistent-keepalive", "dump"];

    public static TheoryData<string> Devices => [.. CannedDevices.Names];

    [WgTheory, MemberData(nameof(Devices))]
    public void The_pretty_display_is_that_of_wg_with_and_without_colours_and_keys(string device)
    {
        using var stage = new CliStage();
        stage.Start("shown", CannedDevices.Get(device, DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
        foreach (var colour in new[] { "always", "never", "auto", "nonsense" })
            foreach (var hide in new[] { "always", "never", "nonsense" })
                AssertSame(stage, ["show", "shown"], ("WG_COLOR_MODE", colour), ("WG_HIDE_KEYS", hide));
        AssertSame(stage, ["show", "shown"]);
        AssertSame(stage, []);
        AssertSame(stage, ["show"]);
        AssertSame(stage, ["show", "all"], ("WG_COLOR_MODE", "always"));
    }

    [WgTheory, MemberData(nameof(Devices))]
    public void Every_selector_prints_what_wg_prints_for_one_interface_and_for_all(string device)
    {
        using var stage = new CliStage();
        stage.Start("shown", CannedDevices.Get(device, DateTimeOffset.UtcNow.ToUnixTimeSeconds()));
        foreach (var selector in Selectors)
        {
            AssertSame(stage, ["show", "shown", selector]);
            // Here, wg 1.0.20210914 forgets the interface before all peers but the first, and prints it where there is none.
            if (selector != "endpoints") AssertSame(stage, ["show", "all", selector]);
        }
    }

    [Theory, MemberData(nameof(Devices))]
    public void With_all_the_interface_stands_before_every_line(string device)
    {
        using var stage = new CliStage();
        stage.Start("shown", CannedDevices.Get(device, 1_700_000_000));
        foreach (var selector in Selectors)
        {
            var lines = stage.Cli(["show", "shown", selector]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(string.Concat(lines.Select(static line => $"shown\t{line}\n")), stage.Cli(["show", "all", selector]).Output);
        }
    }

    [WgTheory, MemberData(nameof(Devices))]
    public void Showconf_prints_what_wg_prints(string device)
    {
        using var stage = new CliStage();
        stage.Start("shown", CannedDevices.Get(device, 1_700_000_000));
        AssertSame(stage, ["showconf", "shown"]);
    }

    [WgFact]
    public void Several_interfaces_are_shown_as_wg_shows_them_but_in_order()
    {
        using var stage = new CliStage();
        foreach (var name in new[] { "b", "a", "c" }) stage.Start(name, CannedDevices.Get("usual", 1_700_000_000).Replace("51820", name == "a" ? "1" : "2", StringComparison.Ordinal));
        var (wg, cli) = stage.Both(["show", "interfaces"]);
        Assert.Equal("a b c\n", cli.Output);
        Assert.Equal(Sorted(wg.Output.Trim().Split(' ')), cli.Output.Trim().Split(' '));

        (wg, cli) = stage.Both(["show", "all", "dump"]);
        Assert.Equal(Sorted(wg.Output.Split('\n')), Sorted(cli.Output.Split('\n')));
        Assert.Equal("aaabbbccc", string.Concat(cli.Output.Split('\n').Select(static line => line.Length == 0 ? "" : line[..1])));

        (wg, cli) = stage.Both(["show"]);
        Assert.Equal(Sorted(wg.Output.Split("\n\n")), Sorted(cli.Output.Split("\n\n")), TrimmedComparer.Instance);
        Assert.Equal(wg.Output.Length, cli.Output.Length);
    }

    [WgFact]
    public void No_interfaces_are_no_error()
    {
        using var stage = new CliStage();
        foreach (var arguments in new string[][] { [], ["show"], ["show", "all"], ["show", "interfaces"], ["show", "all", "dump"] }) AssertSame(stage, arguments);
        Directory.Delete(stage.ControlDirectory);
        foreach (var arguments in new string[][] { [], ["show"], ["show", "all"], ["show", "interfaces"], ["show", "all", "dump"] }) AssertSame(stage, arguments);
    }

    [WgFact]
    public void Ten_thousand_peers_are_shown_as_wg_shows_them()
    {
        using var stage = new CliStage();
        stage.Start("many", $"private_key={CannedDevices.Private}\n" + string.Concat(Enumerable.Range(0, 10_000).Select(static i =>
            CannedDevices.Peer(i, $"endpoint=192.0.2.1:{i + 1}", $"allowed_ip=10.{i >> 8}.{i & 255}.0/24", $"last_handshake_time_sec={1_600_000_000 + (i * 7919L % 10_007)}"))));
        AssertSame(stage, ["show", "many"]);
        AssertSame(stage, ["show", "many", "dump"]);
    }

    [Fact]
    public void A_daemon_that_answers_with_an_error_or_nonsense_is_reported()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("odd", errno: -1);
        Assert.Equal(new RunResult(1, "", "Unable to access interface odd: Operation not permitted\n"), stage.Cli(["show", "odd"]));
        daemon.Errno = 1;
        Assert.Equal(new RunResult(1, "", "Unable to access interface odd: Operation not permitted\n"), stage.Cli(["show", "odd"]));
        Assert.Equal(new RunResult(1, "", "Unable to access interface odd: Operation not permitted\n"), stage.Cli(["show"]));
        foreach (var (answer, complaint) in new[]
        {
            ("", "line 0 of the daemon's answer is malformed (ends too early)"),
            ("\n", "line 1 of the daemon's answer is malformed (no errno)"),
            ("listen_port=1\nerrno=0", "line 2 of the daemon's answer is malformed (not key=value)"),
            ("listen_port\n\n", "line 1 of the daemon's answer is malformed (not key=value)"),
            ("listen_port=65536\nerrno=0\n\n", "line 1 of the daemon's answer is malformed (listen_port)"),
            ("private_key=00\nerrno=0\n\n", "line 1 of the daemon's answer is malformed (private_key)"),
            ("public_key=" + new string('g', 64) + "\nerrno=0\n\n", "line 1 of the daemon's answer is malformed (public_key)"),
            (CannedDevices.Peer(1, "allowed_ip=10.0.0.0"), "line 2 of the daemon's answer is malformed (allowed_ip)"),
            (CannedDevices.Peer(1, "allowed_ip=10.0.0.0/33"), "line 2 of the daemon's answer is malformed (allowed_ip)"),
            (CannedDevices.Peer(1, "endpoint=nowhere:1"), "line 2 of the daemon's answer is malformed (endpoint)"),
            (CannedDevices.Peer(1, "rx_bytes=-1"), "line 2 of the daemon's answer is malformed (rx_bytes)"),
            (CannedDevices.Peer(1, $"preshared_key={CannedDevices.Private}0"), "line 2 of the daemon's answer is malformed (preshared_key)"),
        })
        {
            daemon.RawAnswer = System.Text.Encoding.UTF8.GetBytes(answer);
            Assert.Equal(new RunResult(1, "", $"Unable to access interface odd: Protocol error; {complaint}\n"), stage.Cli(["showconf", "odd"]));
        }
    }

    [Fact]
    public void One_interface_that_fails_does_not_hide_the_others()
    {
        using var stage = new CliStage();
        stage.Start("bad", errno: 5);
        stage.Start("good", "listen_port=7\n");
        Assert.Equal(new RunResult(0, "good\t7\n", "Unable to access interface bad: Input/output error\n"), stage.Cli(["show", "all", "listen-port"]));
    }

    [Fact]
    public void The_socket_of_a_daemon_that_has_ended_is_cleaned_up_but_no_other_file_is()
    {
        using var stage = new CliStage();
        var stale = Path.Combine(stage.ControlDirectory, "stale.sock");
        var file = Path.Combine(stage.ControlDirectory, "file.sock");
        File.WriteAllText(file, "");
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(stale));
            // The framework removes the file of a bound socket: put it out of its reach for that moment.
            File.Move(stale, stale + ".kept");
        }
        File.Move(stale + ".kept", stale);
        Assert.Equal(new RunResult(0, "", ""), stage.Cli(["show", "interfaces"]));
        Assert.False(File.Exists(stale));
        Assert.True(File.Exists(file));
        var shown = stage.Cli(["show", "file"]);
        Assert.Equal(1, shown.ExitCode);
        Assert.StartsWith("Unable to access interface file: No such device; there is no ", shown.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a b")]
    [InlineData("sixteen-letters-")]
    public void What_cannot_be_an_interface_is_said_to_be_none(string name)
    {
        using var stage = new CliStage();
        Assert.Equal(new RunResult(1, "", $"Unable to access interface {name}: Invalid argument; an interface name has 1 to 15 characters and no slash\n"), stage.Cli(["show", name]));
    }

    private static void AssertSame(CliStage stage, string[] arguments, params (string Name, string Value)[] environment)
    {
        var (wg, cli) = stage.Both(arguments, environment);
        Assert.Equal(wg.Output, cli.Output);
        Assert.Equal(wg.Error, cli.Error);
        Assert.Equal(wg.ExitCode, cli.ExitCode);
    }

    private static string[] Sorted(IEnumerable<string> lines) => [.. lines.Order(StringComparer.Ordinal)];

    private sealed class TrimmedComparer : IEqualityComparer<string>
    {
        public static TrimmedComparer Instance { get; } = new();

        public bool Equals(string? x, string? y) => x?.Trim() == y?.Trim();

        public int GetHashCode(string obj) => obj.Trim().GetHashCode(StringComparison.Ordinal);
    }
}
