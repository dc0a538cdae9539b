namespace PfsVpn.Tests.Cli;

/// <summary><c>set</c> sends what <c>wg</c> sends, accepts what it accepts and refuses what it refuses, before anything is sent.</summary>
public sealed class SetTests
{
    private static readonly string Key = CannedDevices.Base64(1), Other = CannedDevices.Base64(2);

    public static TheoryData<string> SameWords =>
    [
        "listen-port 51820",
        "listen-port 0", "listen-port 65535", "listen-port 070", "listen-port domain",
        "fwmark 51820", "fwmark 0xca6c", "fwmark 0xCA6C", "fwmark off", "fwmark OFF", "fwmark 0", "fwmark 010", "fwmark 0xffffffff", "fwmark 0x0000000001", "fwmark 4294967295", "fwmark 0x0",
        "listen-port 1 listen-port 2 fwmark 1 fwmark 2",
        "private-key KEYFILE listen-port 1 fwmark 2",
        "private-key EMPTY",
        "private-key /dev/null",
        "private-key SPACES",
        "private-key KEYFILE private-key PSKFILE",
        "peer KEY",
        "peer KEY remove",
        "peer KEY remove allowed-ips 10.0.0.0/8 preshared-key PSKFILE",
        "peer KEY preshared-key PSKFILE",
        "peer KEY preshared-key PSKFILE preshared-key EMPTY",
        "peer KEY preshared-key /dev/null",
        "peer KEY endpoint 192.0.2.1:51820",
        "peer KEY endpoint 192.0.2.1:0", "peer KEY endpoint 127.1:5", "peer KEY endpoint 0x7f.1:5", "peer KEY endpoint [192.0.2.1]:5", "peer KEY endpoint 192.0.2.1:domain",
        "peer KEY endpoint [2001:db8::1]:51820", "peer KEY endpoint 2001:db8::1:51820", "peer KEY endpoint [2001:DB8:0::0001]:5", "peer KEY endpoint [::ffff:192.0.2.1]:5",
        "peer KEY endpoint [fe80::1]:5", "peer KEY endpoint [fe80::1%lo]:5", "peer KEY endpoint [fe80::1%1]:5", "peer KEY endpoint [ff02::1%lo]:5",
        "peer KEY endpoint 192.0.2.1:1 endpoint 192.0.2.2:2", "peer KEY endpoint 127.1:1 endpoint 192.0.2.2:2",
        "peer KEY persistent-keepalive 25", "peer KEY persistent-keepalive off", "peer KEY persistent-keepalive 0", "peer KEY persistent-keepalive 65535", "peer KEY persistent-keepalive 025",
        "peer KEY allowed-ips NOTHING",
        "peer KEY allowed-ips 10.0.0.0/8,10.2.0.0/16,192.0.2.1,0.0.0.0/0", "peer KEY allowed-ips 10.0.0.0/08",
        "peer KEY allowed-ips ::/0,2001:db8::/32,2001:DB8::1,::ffff:1.2.3.4/128,fe80::200:5efe:1.2.3.4/128,1:0:0:2:0:0:0:3/128,::2:3:4:5:6:7:8,1:2:3:4:5:6:7::",
        "peer KEY allowed-ips 10.0.0.0/8 allowed-ips 11.0.0.0/8",
        "peer KEY allowed-ips 10.0.0.1/8,fd00::1/64",
        "peer KEY allowed-ips 10.0.0.0/8 peer OTHER remove peer KEY persistent-keepalive 5",
        "private-key KEYFILE listen-port 5 peer KEY preshared-key PSKFILE endpoint 192.0.2.1:5 persistent-keepalive 25 allowed-ips 10.0.0.0/8,fd00::/64 peer OTHER remove",
    ];

    public static TheoryData<string, string> RefusedWords => new()
    {
        { "nonsense", "Invalid argument: nonsense" },
        { "listen-port", "Invalid argument: listen-port: a value must follow" },
        { "listen-port NOTHING", "listen-port: not a port from 0 to 65535: `'" },
        { "listen-port -1", "listen-port: not a port from 0 to 65535: `-1'" },
        { "listen-port 0x10", "listen-port: not a port from 0 to 65535: `0x10'" },
        { "listen-port nosuchservice", "listen-port: not a port from 0 to 65535: `nosuchservice'" },
        { "fwmark 0x", "fwmark: not a mark from 0 to 0xffffffff, nor off: `0x'" },
        { "fwmark 0XFF", "fwmark: not a mark from 0 to 0xffffffff, nor off: `0XFF'" },
        { "fwmark 0x100000000", "fwmark: not a mark from 0 to 0xffffffff, nor off: `0x100000000'" },
        { "fwmark 4294967296", "fwmark: not a mark from 0 to 0xffffffff, nor off: `4294967296'" },
        { "fwmark 99999999999999999999999", "fwmark: not a mark from 0 to 0xffffffff, nor off: `99999999999999999999999'" },
        { "fwmark -1", "fwmark: not a mark from 0 to 0xffffffff, nor off: `-1'" },
        { "fwmark NOTHING", "fwmark: not a mark from 0 to 0xffffffff, nor off: `'" },
        { "fwmark 0x0x1", "fwmark: not a mark from 0 to 0xffffffff, nor off: `0x0x1'" },
        { "private-key /no/such/file", "private-key: /no/such/file: No such file or directory" },
        { "private-key /tmp", "private-key: /tmp: Is a directory" },
        { "private-key SHORT", "private-key: SHORT: not a key of 32 bytes in base64 (44 characters); this has 43" },
        { "private-key LONG", "private-key: LONG: not a key of 32 bytes in base64 (44 characters); something follows behind it" },
        { "private-key INDENTED", "private-key: INDENTED: not a key of 32 bytes in base64 (44 characters); something follows behind it" },
        { "private-key CORRUPT", "private-key: CORRUPT: not a key of 32 bytes in base64 (44 characters)" },
        { "private-key ZEROBYTE", "private-key: ZEROBYTE: not a key of 32 bytes in base64 (44 characters); something follows behind it" },
        { "peer", "Invalid argument: peer: a value must follow" },
        { "peer abc", "peer: not a key of 32 bytes in base64 (44 characters); this has 3" },
        { "peer NOTHING", "peer: not a key of 32 bytes in base64 (44 characters); this has 0" },
        { "peer AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=", "peer: not a key of 32 bytes in base64 (44 characters)" },
        { "peer KEY listen-port 1", "Invalid argument: listen-port: belongs before the first peer" },
        { "remove", "Invalid argument: remove: belongs behind `peer <public key>'" },
        { "allowed-ips 10.0.0.0/8", "Invalid argument: allowed-ips: belongs behind `peer <public key>'" },
        { "peer KEY preshared-key SHORT", "preshared-key: SHORT: not a key of 32 bytes in base64 (44 characters); this has 43" },
        { "peer KEY endpoint NOTHING", "endpoint: no port: `' must be HOST:PORT, or [ADDRESS]:PORT for IPv6" },
        { "peer KEY endpoint 192.0.2.1", "endpoint: no port: `192.0.2.1' must be HOST:PORT, or [ADDRESS]:PORT for IPv6" },
        { "peer KEY endpoint 192.0.2.1:", "endpoint: no port: `192.0.2.1:' must be HOST:PORT, or [ADDRESS]:PORT for IPv6" },
        { "peer KEY endpoint :5", "endpoint: no host: `:5' must be HOST:PORT, or [ADDRESS]:PORT for IPv6" },
        { "peer KEY endpoint []:5", "endpoint: no host: `[]:5' must be HOST:PORT, or [ADDRESS]:PORT for IPv6" },
        { "peer KEY endpoint [::1]", "endpoint: no port: `[::1]' must be HOST:PORT, or [ADDRESS]:PORT for IPv6" },
        { "peer KEY endpoint [::1]5", "endpoint: no port: `[::1]5' must be HOST:PORT, or [ADDRESS]:PORT for IPv6" },
        { "peer KEY endpoint [::1:5", "endpoint: no closing ] in `[::1:5'" },
        { "peer KEY endpoint 192.0.2.1:-1", "endpoint: not a port from 0 to 65535: `-1'" },
        { "peer KEY endpoint 192.0.2.1:nosuch", "endpoint: Servname not supported for ai_socktype: `192.0.2.1:nosuch'" },
        { "peer KEY endpoint 300.1.1.1:5", "endpoint: Name or service not known: `300.1.1.1:5'" },
        { "peer KEY endpoint nohost.invalid:5", "endpoint: Name or service not known: `nohost.invalid:5'" },
        { "peer KEY endpoint [::1%lo]:5", "endpoint: Name or service not known: `::1%lo:5'" },
        { "peer KEY persistent-keepalive 65536", "persistent-keepalive: not an interval from 1 to 65535 seconds, nor 0 or off: `65536'" },
        { "peer KEY persistent-keepalive -1", "persistent-keepalive: not an interval from 1 to 65535 seconds, nor 0 or off: `-1'" },
        { "peer KEY persistent-keepalive 5s", "persistent-keepalive: not an interval from 1 to 65535 seconds, nor 0 or off: `5s'" },
        { "peer KEY persistent-keepalive NOTHING", "persistent-keepalive: not an interval from 1 to 65535 seconds, nor 0 or off: `'" },
        { "peer KEY allowed-ips 10.0.0.0/33", "allowed-ips: not a prefix length from 0 to 32: `10.0.0.0/33'" },
        { "peer KEY allowed-ips 10.0.0.0/", "allowed-ips: not a prefix length from 0 to 32: `10.0.0.0/'" },
        { "peer KEY allowed-ips 10.0.0.0/+8", "allowed-ips: not a prefix length from 0 to 32: `10.0.0.0/+8'" },
        { "peer KEY allowed-ips 10.0.0.0/8/8", "allowed-ips: not a prefix length from 0 to 32: `10.0.0.0/8/8'" },
        { "peer KEY allowed-ips ::1/129", "allowed-ips: not a prefix length from 0 to 128: `::1/129'" },
        { "peer KEY allowed-ips 10.0.0", "allowed-ips: not an IP address: `10.0.0'" },
        { "peer KEY allowed-ips 010.0.0.1", "allowed-ips: not an IP address: `010.0.0.1'" },
        { "peer KEY allowed-ips 256.0.0.1", "allowed-ips: not an IP address: `256.0.0.1'" },
        { "peer KEY allowed-ips 1.2.3.4.5", "allowed-ips: not an IP address: `1.2.3.4.5'" },
        { "peer KEY allowed-ips 0x7f.0.0.1", "allowed-ips: not an IP address: `0x7f.0.0.1'" },
        { "peer KEY allowed-ips 1::2::3", "allowed-ips: not an IP address: `1::2::3'" },
        { "peer KEY allowed-ips 12345::1", "allowed-ips: not an IP address: `12345::1'" },
        { "peer KEY allowed-ips ::1.2.3", "allowed-ips: not an IP address: `::1.2.3'" },
        { "peer KEY allowed-ips ::01.2.3.4", "allowed-ips: not an IP address: `::01.2.3.4'" },
        { "peer KEY allowed-ips fe80::1%lo/64", "allowed-ips: not an IP address: `fe80::1%lo'" },
        { "peer KEY allowed-ips [::1]/128", "allowed-ips: not an IP address: `[::1]'" },
        { "peer KEY allowed-ips 1:2:3:4:5:6:7:8:9", "allowed-ips: not an IP address: `1:2:3:4:5:6:7:8:9'" },
        { "peer KEY allowed-ips localhost", "allowed-ips: not an IP address: `localhost'" },
        { "peer KEY allowed-ips ,", "allowed-ips: an empty entry between commas; write ADDRESS/LENGTH,ADDRESS/LENGTH,..." },
        { "peer KEY allowed-ips 10.0.0.0/8,", "allowed-ips: an empty entry between commas; write ADDRESS/LENGTH,ADDRESS/LENGTH,..." },
        { "peer KEY allowed-ips KEY", "allowed-ips: not an IP address: `(could be a key, not shown)'" },
        { "listen-port 5 peer KEY bogus", "Invalid argument: bogus" },
    };

    /// <summary>What newer versions of wg take, or what it takes to mean something else than was written.</summary>
    public static TheoryData<string> RefusedThoughWgAccepts =>
        ["listen-port 65536", "listen-port 70000", "listen-port +5", "peer KEY endpoint 192.0.2.1:70000", "peer KEY endpoint 192.0.2.1:+7"];

    [WgTheory, MemberData(nameof(SameWords))]
    public void The_same_words_send_the_same_bytes(string words)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("set0");
        var wg = stage.Wg(Words(stage, words));
        var sentByWg = daemon.Take();
        var cli = stage.Cli(Words(stage, words));
        var sent = daemon.Take();
        Assert.Equal(new RunResult(0, "", wg.Error), cli);
        Assert.Equal(0, wg.ExitCode);
        Assert.Equal(UapiText.Normalise(Assert.Single(sentByWg)), Assert.Single(sent));
    }

    [WgTheory, MemberData(nameof(RefusedWords))]
    public void What_wg_refuses_is_refused_with_a_reason_and_nothing_is_sent(string words, string message)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("set0");
        Assert.Equal(1, stage.Wg(Words(stage, words), ("WG_ENDPOINT_RESOLUTION_RETRIES", "0")).ExitCode);
        var cli = stage.Cli(Words(stage, words), ("WG_ENDPOINT_RESOLUTION_RETRIES", "0"));
        foreach (var file in new[] { "SHORT", "LONG", "INDENTED", "CORRUPT", "ZEROBYTE" })
            message = message.Replace(": " + file, ": " + stage.WriteFile(file, KeyFileContent(file)), StringComparison.Ordinal);
        Assert.Equal(new RunResult(1, "", message + "\n"), cli);
        Assert.Empty(daemon.Take());
    }

    [WgTheory, MemberData(nameof(RefusedThoughWgAccepts))]
    public void Numbers_that_wg_would_take_for_others_are_refused(string words)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("set0");
        Assert.Equal(0, stage.Wg(Words(stage, words)).ExitCode);
        daemon.Take();
        var cli = stage.Cli(Words(stage, words));
        Assert.Equal(1, cli.ExitCode);
        Assert.Contains("not a port from 0 to 65535", cli.Error, StringComparison.Ordinal);
        Assert.Empty(daemon.Take());
    }

    [Fact]
    public void A_plus_or_minus_before_an_allowed_ip_changes_only_that_one()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("set0");
        Assert.Equal(0, stage.Cli(Words(stage, "peer KEY allowed-ips +10.0.0.0/8,-11.0.0.0/8,-fd00::/64")).ExitCode);
        Assert.Equal($"set=1\npublic_key={CannedDevices.Hex(1)}\nallowed_ip=10.0.0.0/8\nallowed_ip=-11.0.0.0/8\nallowed_ip=-fd00::/64\n\n", Assert.Single(daemon.Take()));
        Assert.Equal(0, stage.Cli(Words(stage, "peer KEY allowed-ips +10.0.0.0/8 allowed-ips 11.0.0.0/8")).ExitCode);
        Assert.Contains("replace_allowed_ips=true\n", Assert.Single(daemon.Take()), StringComparison.Ordinal);
        Assert.Equal(0, stage.Cli(Words(stage, "peer KEY allowed-ips -10.0.0.0/8")).ExitCode);
        Assert.DoesNotContain("replace_allowed_ips", Assert.Single(daemon.Take()), StringComparison.Ordinal);
    }

    [Fact]
    public void White_space_within_allowed_ips_is_ignored()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("set0");
        Assert.Equal(0, stage.Cli(["set", "set0", "peer", Key, "allowed-ips", " 10.0.0.0/8 ,\t11.0.0.0/8\n"]).ExitCode);
        Assert.Contains("allowed_ip=10.0.0.0/8\nallowed_ip=11.0.0.0/8\n", Assert.Single(daemon.Take()), StringComparison.Ordinal);
    }

    [WgTheory]
    [InlineData(1, "Operation not permitted")]
    [InlineData(22, "Invalid argument")]
    [InlineData(98, "Address already in use")]
    public void An_error_of_the_daemon_is_said_in_words_as_by_wg(int errno, string words)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("set0", errno: -errno);
        Assert.Equal(new RunResult(1, "", $"Unable to modify interface: {words}\n"), stage.Wg(["set", "set0", "listen-port", "5"]));
        Assert.Equal(new RunResult(1, "", $"Unable to modify interface set0: {words}\n"), stage.Cli(["set", "set0", "listen-port", "5"]));
        daemon.Errno = errno;
        Assert.Equal(new RunResult(1, "", $"Unable to modify interface set0: {words}\n"), stage.Cli(["set", "set0", "listen-port", "5"]));
    }

    [Fact]
    public void A_daemon_that_refuses_before_it_has_read_everything_is_heard()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("set0", errno: 22);
        daemon.HangUpAfter = 10;
        var allowed = string.Join(',', Enumerable.Range(0, 60_000).Select(static i => $"10.{i >> 8}.{i & 255}.0/24"));
        var file = stage.WriteFile("big.conf", $"[Peer]\nPublicKey={Key}\nAllowedIPs={allowed}\n");
        Assert.Equal(new RunResult(1, "", "Unable to modify interface set0: Invalid argument\n"), stage.Cli(["addconf", "set0", file]));
    }

    [Theory]
    [InlineData("set")]
    [InlineData("set set0")]
    [InlineData("setconf set0")]
    [InlineData("addconf set0 a b")]
    [InlineData("syncconf")]
    [InlineData("showconf")]
    [InlineData("showconf a b")]
    [InlineData("show a peers b")]
    [InlineData("show interfaces x")]
    [InlineData("genkey x")]
    [InlineData("genpsk x")]
    [InlineData("pubkey x")]
    public void A_wrong_number_of_words_shows_the_usage_on_the_error_output(string words)
    {
        using var stage = new CliStage();
        var run = stage.Cli(words.Split(' '));
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Output);
        Assert.StartsWith($"Usage: pfsvpn {words.Split(' ')[0]}", run.Error, StringComparison.Ordinal);
        if (WgTool.Unavailable is null) Assert.Equal(1, stage.Wg(words.Split(' ')).ExitCode);
    }

    private static string[] Words(CliStage stage, string words) =>
        ["set", "set0", .. words.Split(' ').Select(word => word switch
        {
            "KEY" => Key,
            "OTHER" => Other,
            "NOTHING" => "",
            "KEYFILE" or "PSKFILE" or "EMPTY" or "SPACES" or "SHORT" or "LONG" or "INDENTED" or "CORRUPT" or "ZEROBYTE" => stage.WriteFile(word, KeyFileContent(word)),
            _ => word,
        })];

    private static string KeyFileContent(string file) => file switch
    {
        "KEYFILE" => CannedDevices.Base64(100) + "\n",
        "PSKFILE" => CannedDevices.Base64(101),
        "SPACES" => CannedDevices.Base64(102) + new string(' ', 10_000) + "\r\n\t\n",
        "SHORT" => CannedDevices.Base64(102)[..43],
        "LONG" => CannedDevices.Base64(102) + "\nx",
        "INDENTED" => " " + CannedDevices.Base64(102),
        "CORRUPT" => CannedDevices.Base64(102).Replace('A', '*'),
        "ZEROBYTE" => CannedDevices.Base64(102) + "\0",
        _ => "",
    };
}
