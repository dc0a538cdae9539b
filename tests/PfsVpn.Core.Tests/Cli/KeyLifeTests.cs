namespace PfsVpn.Tests.Cli;

/// <summary>The lives of keys, which <c>wg</c> does not know: set, shown, written to files and read from them.</summary>
public sealed class KeyLifeTests
{
    private static readonly string Key = CannedDevices.Base64(1), Other = CannedDevices.Base64(2);

    public static TheoryData<string, string> Words => new()
    {
        { "rekey-after-time 30", "rekey_after_time=30\n" },
        { "rekey-after-time off rekey-after-bytes 0", "rekey_after_time=0\nrekey_after_bytes=0\n" },
        { "rekey-after-bytes 1g listen-port 5 rekey-after-time 120", "listen_port=5\nrekey_after_time=120\nrekey_after_bytes=1073741824\n" },
        { "rekey-after-time 30 rekey-after-bytes 1G peer KEY rekey-after-time off rekey-after-bytes 512M peer OTHER rekey-after-time 10",
            $"rekey_after_time=30\nrekey_after_bytes=1073741824\npublic_key={CannedDevices.Hex(1)}\nrekey_after_time=0\nrekey_after_bytes=536870912\npublic_key={CannedDevices.Hex(2)}\nrekey_after_time=10\n" },
        { "peer KEY persistent-keepalive 5 rekey-after-time 60 allowed-ips 10.0.0.0/8",
            $"public_key={CannedDevices.Hex(1)}\npersistent_keepalive_interval=5\nrekey_after_time=60\nreplace_allowed_ips=true\nallowed_ip=10.0.0.0/8\n" },
    };

    public static TheoryData<string, string> RefusedWords => new()
    {
        { "rekey-after-time", "Invalid argument: rekey-after-time: a value must follow" },
        { "rekey-after-time 9", "rekey-after-time: not a time from 10 to 120 seconds, nor 0 or off: `9'" },
        { "rekey-after-time 121", "rekey-after-time: not a time from 10 to 120 seconds, nor 0 or off: `121'" },
        { "peer KEY rekey-after-time 1m", "rekey-after-time: not a time from 10 to 120 seconds, nor 0 or off: `1m'" },
        { "rekey-after-bytes 1", "rekey-after-bytes: not a number of bytes such as 512M or 1G, of at least 1M (1048576 bytes), nor 0 or off: `1'" },
        { "peer KEY rekey-after-bytes 1.5G", "rekey-after-bytes: not a number of bytes such as 512M or 1G, of at least 1M (1048576 bytes), nor 0 or off: `1.5G'" },
        { "rekey-after-bytes KEY", "rekey-after-bytes: not a number of bytes such as 512M or 1G, of at least 1M (1048576 bytes), nor 0 or off: `(could be a key, not shown)'" },
    };

    [Theory, MemberData(nameof(Words))]
    public void Set_sends_them(string words, string expected)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("life0");
        Assert.Equal(new RunResult(0, "", ""), stage.Cli(Split(words)));
        Assert.Equal($"set=1\n{expected}\n", Assert.Single(daemon.Take()));
    }

    [Theory, MemberData(nameof(RefusedWords))]
    public void Set_says_what_they_can_be_and_sends_nothing(string words, string message)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("life0");
        Assert.Equal(new RunResult(1, "", message + "\n"), stage.Cli(Split(words)));
        Assert.Empty(daemon.Take());
    }

    [Theory]
    [InlineData("rekey_after_time=30\n", "30 seconds")]
    [InlineData("rekey_after_bytes=1073741824\n", "1.00 GiB")]
    [InlineData("rekey_after_time=90\nrekey_after_bytes=536870912\n", "1 minute, 30 seconds, 512.00 MiB")]
    public void Show_has_a_line_of_them_only_where_they_are_set(string lines, string shown)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("life0", "listen_port=1\n" + lines + CannedDevices.Peer(1, "persistent_keepalive_interval=25"));
        Assert.Equal(
            $"interface: life0\n  listening port: 1\n  rekey after: {shown}\n\npeer: {Key}\n  allowed ips: (none)\n  persistent keepalive: every 25 seconds\n",
            stage.Cli(["show", "life0"]).Output);
        daemon.Answer = CannedDevices.Peer(1, "persistent_keepalive_interval=25", lines.TrimEnd('\n')) + CannedDevices.Peer(2, lines.TrimEnd('\n'));
        Assert.Equal(
            $"interface: life0\n\npeer: {Key}\n  allowed ips: (none)\n  persistent keepalive: every 25 seconds\n  rekey after: {shown}\n\npeer: {Other}\n  allowed ips: (none)\n  rekey after: {shown}\n",
            stage.Cli(["show", "life0"]).Output);
    }

    [Fact]
    public void Show_colours_the_line_as_the_others()
    {
        using var stage = new CliStage();
        stage.Start("life0", "rekey_after_time=30\nrekey_after_bytes=1073741824\n");
        var cyan = "\e[36m";
        Assert.Contains($"  \e[1mrekey after\e[0m: 30 {cyan}seconds\e[0m, 1.00 {cyan}GiB\e[0m\n", stage.Cli(["show", "life0"], ("WG_COLOR_MODE", "always")).Output, StringComparison.Ordinal);
    }

    [WgFact]
    public void Every_selector_prints_what_wg_prints_though_there_are_some()
    {
        using var stage = new CliStage();
        stage.Start("life0", $"private_key={CannedDevices.Private}\nlisten_port=1\nrekey_after_time=30\nrekey_after_bytes=1073741824\n"
            + CannedDevices.Peer(1, "persistent_keepalive_interval=25", "rekey_after_time=10", "rekey_after_bytes=1048576", "allowed_ip=10.0.0.0/8"));
        foreach (var selector in new[] { "public-key", "private-key", "listen-port", "fwmark", "peers", "preshared-keys", "endpoints", "allowed-ips", "latest-handshakes", "transfer", "persistent-keepalive", "dump" })
        {
            var (wg, cli) = stage.Both(["show", "life0", selector]);
            Assert.Equal(wg, cli);
        }
    }

    [Fact]
    public void What_showconf_prints_setconf_takes()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("life0", "listen_port=1\nrekey_after_time=30\nrekey_after_bytes=536870912\n"
            + CannedDevices.Peer(1, "persistent_keepalive_interval=25", "rekey_after_time=10", "rekey_after_bytes=1048577") + CannedDevices.Peer(2));
        var text = stage.Cli(["showconf", "life0"]).Output;
        Assert.Equal(
            $"[Interface]\nListenPort = 1\nRekeyAfterTime = 30\nRekeyAfterBytes = 512M\n\n[Peer]\nPublicKey = {Key}\nPersistentKeepalive = 25\nRekeyAfterTime = 10\nRekeyAfterBytes = 1048577\n\n[Peer]\nPublicKey = {Other}\n",
            text);
        daemon.Answer = "";
        Assert.Equal(0, stage.Cli(["setconf", "life0", stage.WriteFile("life.conf", text)]).ExitCode);
        var sent = Assert.Single(daemon.Take());
        Assert.Contains("rekey_after_time=30\nrekey_after_bytes=536870912\nreplace_peers=true\n", sent, StringComparison.Ordinal);
        Assert.Contains($"public_key={CannedDevices.Hex(1)}\npersistent_keepalive_interval=25\nrekey_after_time=10\nrekey_after_bytes=1048577\n", sent, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("setconf", true)]
    [InlineData("syncconf", true)]
    [InlineData("addconf", false)]
    public void What_a_whole_file_no_longer_says_is_reset(string command, bool resets)
    {
        using var stage = new CliStage();
        var running = "rekey_after_time=30\nrekey_after_bytes=1073741824\n";
        var daemon = stage.Start("life0", running + CannedDevices.Peer(1, running.TrimEnd('\n')));
        var file = stage.WriteFile("life.conf", $"[Interface]\nRekeyAfterBytes=2G\n[Peer]\nPublicKey={Key}\nRekeyAfterTime=20\n");
        Assert.Equal(0, stage.Cli([command, "life0", file]).ExitCode);
        var sent = Assert.Single(daemon.Take()).Split("public_key=");
        Assert.Equal(resets, sent[0].Contains("rekey_after_time=0\n", StringComparison.Ordinal));
        Assert.Contains("rekey_after_bytes=2147483648\n", sent[0], StringComparison.Ordinal);
        Assert.Contains("rekey_after_time=20\n", sent[1], StringComparison.Ordinal);
        // Setconf has the peer replaced, which resets what is not said of it.
        Assert.Equal(command == "syncconf", sent[1].Contains("rekey_after_bytes=0\n", StringComparison.Ordinal));

        // Also by a file without any peer, and not at all where nothing is set: other daemons do not know these keys.
        var empty = stage.WriteFile("empty.conf", "[Interface]\n");
        Assert.Equal(0, stage.Cli([command, "life0", empty]).ExitCode);
        Assert.Equal(resets, Assert.Single(daemon.Take()).Contains("rekey_after_time=0\nrekey_after_bytes=0\n", StringComparison.Ordinal));
        daemon.Answer = CannedDevices.Peer(1);
        Assert.Equal(0, stage.Cli([command, "life0", empty]).ExitCode);
        Assert.DoesNotContain("rekey", Assert.Single(daemon.Take()), StringComparison.Ordinal);
    }

    private static string[] Split(string words) => ["set", "life0", .. words.Split(' ').Select(static word => word switch { "KEY" => Key, "OTHER" => Other, _ => word })];
}
