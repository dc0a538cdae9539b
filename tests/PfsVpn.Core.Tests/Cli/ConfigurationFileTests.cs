namespace PfsVpn.Tests.Cli;

/// <summary><c>setconf</c>, <c>addconf</c> and <c>syncconf</c> send what <c>wg</c> sends, and accept the files that it accepts.</summary>
public sealed class ConfigurationFileTests
{
    private static readonly string Key = CannedDevices.Base64(1), Other = CannedDevices.Base64(2), Third = CannedDevices.Base64(3);

    /// <summary>Files that both take.</summary>
    public static TheoryData<string> Files =>
    [
        "",
        "\n\n# nothing\n",
        "[Interface]\n",
        "[Interface]",
        $"[Interface]\nPrivateKey = {Key}\nListenPort = 51820\nFwMark = 0xca6c\n",
        $"[Interface]\r\nPrivateKey = {Key}\r\nListenPort = 51820\r\n\r\n[Peer]\r\nPublicKey = {Other}\r\nAllowedIPs = 10.0.0.0/8\r\n",
        $"[peer]\npublickey={Key}\nALLOWEDIPS=10.0.0.0/8\n[INTERFACE]\nlistenport=5\nFWMARK=off",
        $"  [ Inter face ] # comment\n\tPrivate Key\t=\v{Key[..10]} {Key[10..]}#x\n Listen Port = 5 1 8 2 0 \n#[Peer]\n[P e e r]#x\nPublicKey={Other}",
        $"[Interface]\nListenPort=1\nListenPort=2\nPrivateKey={Key}\nPrivateKey={Other}\nFwMark=1\nFwMark=2\n",
        "[Interface]\nListenPort = domain\n",
        $"[Peer]\nPublicKey={Key}\nPublicKey={Other}\nPresharedKey={Key}\nPresharedKey={Third}\nEndpoint=192.0.2.1:1\nEndpoint=192.0.2.2:2\nPersistentKeepalive=1\nPersistentKeepalive=off\n",
        $"[Peer]\nAllowedIPs=10.0.0.0/8, 11.0.0.0/8\nAllowedIPs = 12.0.0.0/8\nPublicKey={Key}\n[Interface]\n[Peer]\nPublicKey={Key}\nAllowedIPs=fd00::/64,::\n",
        $"[Peer]\nPublicKey={Key}\n[Peer]\nPublicKey={Other}\n[Peer]\nPublicKey={Third}\nAllowedIPs=10.0.0.1/8\n",
        $"[Peer]\nPublicKey={Key}\nEndpoint = [2001:db8::1]:51820\nPersistentKeepalive = 25\nPresharedKey = {Other}\nAllowedIPs = 0.0.0.0/0,::/0\n",
        $"[Peer]\nPublicKey={Key}\nEndpoint = localhost:51820\n",
    ];

    /// <summary>Files that both refuse, with this program's reason behind the name of the file.</summary>
    public static TheoryData<string, string> Refused => new()
    {
        { "PrivateKey=x", ":1: PrivateKey: stands before any section; begin with [Interface] or [Peer]" },
        { "nonsense", ":1: neither a section nor Key = Value" },
        { "[Interface]\nnonsense", ":2: neither a section nor Key = Value" },
        { "[Interfaces]", ":1: unknown section `[Interfaces]'; there are [Interface] and [Peer]" },
        { "[Interface", ":1: unknown section `[Interface'; there are [Interface] and [Peer]" },
        { "[Interface]ListenPort=1", ":1: unknown section `[Interface]ListenPort=1'; there are [Interface] and [Peer]" },
        { "[Interface]\nListenPort=", ":2: ListenPort: no value; leave the line out, or give one" },
        { "[Interface]\nListenPort = # 51820", ":2: ListenPort: no value; leave the line out, or give one" },
        { "[Interface]\nListenPort=-1", ":2: ListenPort: not a port from 0 to 65535: `-1'" },
        { "[Interface]\nListenPort=nosuchservice", ":2: ListenPort: not a port from 0 to 65535: `nosuchservice'" },
        { "[Interface]\nFwMark=0xg", ":2: FwMark: not a mark from 0 to 0xffffffff, nor off: `0xg'" },
        { "[Interface]\n\n# a comment\nPrivateKey=abc", ":4: PrivateKey: not a key of 32 bytes in base64 (44 characters); this has 3" },
        { $"[Interface]\nPrivateKey={Key}=", ":2: PrivateKey: not a key of 32 bytes in base64 (44 characters); this has 45" },
        { $"[Interface]\nPrivateKey={Key[..43]}A", ":2: PrivateKey: not a key of 32 bytes in base64 (44 characters)" },
        { $"[Interface]\nPrivateKey={Key[..20]}-{Key[21..]}", ":2: PrivateKey: not a key of 32 bytes in base64 (44 characters)" },
        { "[Interface]\nAddress=10.0.0.1/24", ":2: Address: only wg-quick knows this key; use wg-quick strip, as in: pfsvpn setconf NAME <(wg-quick strip FILE)" },
        { "[Interface]\nsaveconfig = true", ":2: SaveConfig: only wg-quick knows this key; use wg-quick strip, as in: pfsvpn setconf NAME <(wg-quick strip FILE)" },
        { "[Interface]\nMTU=1420", ":2: MTU: only wg-quick knows this key; use wg-quick strip, as in: pfsvpn setconf NAME <(wg-quick strip FILE)" },
        { "[Interface]\nPublicKey=x", ":2: PublicKey: belongs in [Peer], not in [Interface]" },
        { $"[Peer]\nPublicKey={Key}\nListenPort=5", ":3: ListenPort: belongs in [Interface], not in [Peer]" },
        { "[Interface]\nPrivatKey=SECRETSECRET", ":2: PrivatKey: unknown key; [Interface] knows PrivateKey, ListenPort, FwMark, RekeyAfterTime, RekeyAfterBytes" },
        { $"[Peer]\n{Key}", ":2: (could be a key, not shown): unknown key; [Peer] knows PublicKey, PresharedKey, AllowedIPs, Endpoint, PersistentKeepalive, RekeyAfterTime, RekeyAfterBytes" },
        { "[Peer]\nAllowedIP=10.0.0.0/8", ":2: AllowedIP: unknown key; [Peer] knows PublicKey, PresharedKey, AllowedIPs, Endpoint, PersistentKeepalive, RekeyAfterTime, RekeyAfterBytes" },
        { $"[Interface]\n[Peer]\nAllowedIPs=10.0.0.0/8\n[Peer]\nPublicKey={Key}", ":2: [Peer]: this peer has no PublicKey" },
        { $"[Peer]\nPublicKey={Key}\nPresharedKey=", ":3: PresharedKey: no value; leave the line out, or give one" },
        { $"[Peer]\nPublicKey={Key}\n\n\n\n\nPresharedKey=short", ":7: PresharedKey: not a key of 32 bytes in base64 (44 characters); this has 5" },
        { $"[Peer]\nPublicKey={Key}\nAllowedIPs=", ":3: AllowedIPs: no value; leave the line out, or give one" },
        { $"[Peer]\nPublicKey={Key}\nAllowedIPs=10.0.0.0/8,,", ":3: AllowedIPs: an empty entry between commas; write ADDRESS/LENGTH,ADDRESS/LENGTH,..." },
        { $"[Peer]\nPublicKey={Key}\nAllowedIPs=10.0.0.0/33", ":3: AllowedIPs: not a prefix length from 0 to 32: `10.0.0.0/33'" },
        { $"[Peer]\nPublicKey={Key}\nAllowedIPs=10.0.0.0/8;11.0.0.0/8", ":3: AllowedIPs: not a prefix length from 0 to 32: `10.0.0.0/8;11.0.0.0/8'" },
        { $"[Peer]\nPublicKey={Key}\nEndpoint=192.0.2.1", ":3: Endpoint: no port: `192.0.2.1' must be HOST:PORT, or [ADDRESS]:PORT for IPv6" },
        { $"[Peer]\nPublicKey={Key}\nEndpoint=nohost.invalid:51820", ":3: Endpoint: Name or service not known: `nohost.invalid:51820'" },
        { $"[Peer]\nPublicKey={Key}\nEndpoint={Other}", ":3: Endpoint: no port: `(could be a key, not shown)' must be HOST:PORT, or [ADDRESS]:PORT for IPv6" },
        { $"[Peer]\nPublicKey={Key}\nPersistentKeepalive=65536", ":3: PersistentKeepalive: not an interval from 1 to 65535 seconds, nor 0 or off: `65536'" },
        { "\uFEFF[Interface]\n", ":1: begins with a byte order mark; save the file as plain UTF-8, without one" },
    };

    public static TheoryData<string, string> Synchronised => new()
    {
        { "", "" },
        { "", $"[Peer]\nPublicKey={Key}\n" },
        { Running(1, 2, 3), "[Interface]\nListenPort=5\n" },
        { Running(1, 2, 3), $"[Peer]\nPublicKey={Other}\nAllowedIPs=10.0.0.0/8\n" },
        { Running(1, 2, 3), $"[Peer]\nPublicKey={Other}\nPresharedKey={Key}\nPersistentKeepalive=5\n[Peer]\nPublicKey={Key}\n" },
        { Running(1), $"[Peer]\nPublicKey={Key}\n[Peer]\nPublicKey={Key}\nAllowedIPs=10.0.0.0/8\n" },
        { Running(7, 5, 9, 11, 2, 30, 31), $"[Interface]\nPrivateKey={Key}\n[Peer]\nPublicKey={Key}\n[Peer]\nPublicKey={Other}\nEndpoint=192.0.2.1:5\n" },
        { CannedDevices.Get("usual", 1_700_000_000), $"[Peer]\nPublicKey={Key}\nAllowedIPs=10.0.0.0/24\n[Peer]\nPublicKey={Other}\nAllowedIPs=10.0.0.2/32\n" },
        { CannedDevices.Get("usual", 1_700_000_000), $"[Peer]\nPublicKey={Third}\n" },
    };

    [WgTheory, MemberData(nameof(Files))]
    public void The_same_file_sends_the_same_bytes(string content)
    {
        foreach (var command in new[] { "setconf", "addconf", "syncconf" })
            AssertSameSent(command, answer: "", content);
    }

    [WgTheory, MemberData(nameof(Synchronised))]
    public void Syncconf_sends_the_differences_that_wg_sends(string running, string content) => AssertSameSent("syncconf", running, content);

    [Fact]
    public void Syncconf_takes_away_what_the_file_leaves_out_of_a_peer_and_touches_no_other()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("conf0", Running(1, 2, 3));
        var file = stage.WriteFile("demo.conf", $"[Interface]\nPrivateKey={Key}\nListenPort=1\n[Peer]\nPublicKey={Other}\nAllowedIPs=10.9.0.0/16\n[Peer]\nPublicKey={Key}\n");
        Assert.Equal(0, stage.Cli(["syncconf", "conf0", file]).ExitCode);
        Assert.Equal(
            $"set=1\nprivate_key={CannedDevices.Hex(1)}\nlisten_port=1\nfwmark=0\npublic_key={CannedDevices.Hex(3)}\nremove=true\n" +
            $"public_key={CannedDevices.Hex(2)}\npreshared_key={new string('0', 64)}\npersistent_keepalive_interval=0\nreplace_allowed_ips=true\nallowed_ip=10.9.0.0/16\n" +
            $"public_key={CannedDevices.Hex(1)}\npersistent_keepalive_interval=0\nreplace_allowed_ips=true\n\n",
            Assert.Single(daemon.Take()));
    }

    [WgTheory, MemberData(nameof(Refused))]
    public void What_wg_refuses_is_refused_with_file_line_and_key_and_nothing_is_sent(string content, string message)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("conf0");
        var file = stage.WriteFile("demo.conf", content);
        foreach (var command in new[] { "setconf", "addconf", "syncconf" })
        {
            Assert.Equal(1, stage.Wg([command, "conf0", file]).ExitCode);
            Assert.Equal(new RunResult(1, "", file + message.Replace("FILE", file, StringComparison.Ordinal) + "\n"), stage.Cli([command, "conf0", file]));
            Assert.Empty(daemon.Take());
        }
    }

    [Fact]
    public void A_file_that_is_not_text_is_refused()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("conf0");
        var file = stage.WriteFile("demo.conf", System.Text.Encoding.Unicode.GetBytes("[Interface]\nListenPort=5\n"));
        Assert.Equal(new RunResult(1, "", $"{file}:1: holds a zero byte; save the file as plain UTF-8 text\n"), stage.Cli(["setconf", "conf0", file]));
        Assert.Equal(new RunResult(1, "", "/no/such/file: No such file or directory\n"), stage.Cli(["setconf", "conf0", "/no/such/file"]));
        Assert.Equal(new RunResult(1, "", "/: Is a directory\n"), stage.Cli(["setconf", "conf0", "/"]));
        Assert.Empty(daemon.Take());
    }

    [Fact]
    public void A_plus_or_minus_in_a_file_leaves_the_other_allowed_ips_alone()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("conf0");
        var file = stage.WriteFile("demo.conf", $"[Peer]\nPublicKey={Key}\nAllowedIPs=+10.0.0.0/8,-11.0.0.0/8\n");
        Assert.Equal(0, stage.Cli(["addconf", "conf0", file]).ExitCode);
        Assert.Equal($"set=1\npublic_key={CannedDevices.Hex(1)}\nallowed_ip=10.0.0.0/8\nallowed_ip=-11.0.0.0/8\n\n", Assert.Single(daemon.Take()));
    }

    [WgFact]
    public void Host_bits_are_warned_of_with_file_and_line()
    {
        using var stage = new CliStage();
        stage.Start("conf0");
        var file = stage.WriteFile("demo.conf", $"[Peer]\nPublicKey={Key}\nAllowedIPs=10.0.0.1/8\n");
        Assert.Equal("Warning: AllowedIP has nonzero host part: 10.0.0.1/8\n", stage.Wg(["setconf", "conf0", file]).Error);
        Assert.Equal($"Warning: {file}:3: AllowedIP has nonzero host part: 10.0.0.1/8\n", stage.Cli(["setconf", "conf0", file]).Error);
    }

    [WgFact]
    public void What_showconf_prints_setconf_takes()
    {
        using var stage = new CliStage();
        var daemon = stage.Start("conf0", CannedDevices.Get("usual", 1_700_000_000));
        var file = stage.WriteFile("demo.conf", stage.Cli(["showconf", "conf0"]).Output);
        Assert.Equal(0, stage.Cli(["setconf", "conf0", file]).ExitCode);
        var sent = Assert.Single(daemon.Take());
        Assert.Contains($"private_key={CannedDevices.Private}\nlisten_port=51820\nfwmark=51820\nreplace_peers=true\n", sent, StringComparison.Ordinal);
        Assert.Contains("endpoint=192.0.2.1:51820\npersistent_keepalive_interval=25\nreplace_allowed_ips=true\nallowed_ip=10.0.0.0/24\nallowed_ip=fd00::/64\n", sent, StringComparison.Ordinal);
    }

    [WgFact]
    public void A_hundred_thousand_allowed_ips_on_one_line_and_ten_thousand_peers_send_the_same_bytes()
    {
        var allowed = string.Join(", ", Enumerable.Range(0, 130_560).Select(static i => $"10.{i >> 9}.{(i >> 1) & 255}.{(i & 1) * 128}/25"));
        AssertSameSent("setconf", "", $"[Peer]\nPublicKey = {Key}\nAllowedIPs = {allowed}\n");
        AssertSameSent("syncconf", Running([.. Enumerable.Range(5_000, 10_000)]),
            string.Concat(Enumerable.Range(0, 10_000).Select(static i => $"[Peer]\nPublicKey = {CannedDevices.Base64(i)}\nAllowedIPs = 10.{i >> 8}.{i & 255}.0/24\nPresharedKey = {CannedDevices.Base64(i + 1)}\n\n")));
    }

    private static string Running(params int[] peers) => $"private_key={CannedDevices.Private}\nlisten_port=1\n" + string.Concat(peers.Select(static number =>
        CannedDevices.Peer(number, "preshared_key=" + (number % 2 == 0 ? CannedDevices.Private : new string('0', 64)), $"persistent_keepalive_interval={number % 3}", "allowed_ip=10.9.0.0/16")));

    private static void AssertSameSent(string command, string answer, string content)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("conf0", answer);
        var file = stage.WriteFile("demo.conf", content);
        var wg = stage.Wg([command, "conf0", file]);
        Assert.Equal(0, wg.ExitCode);
        var sentByWg = UapiText.Normalise(Assert.Single(daemon.Take()));
        var cli = stage.Cli([command, "conf0", file]);
        Assert.Equal(new RunResult(0, "", cli.Error), cli);
        var sent = Assert.Single(daemon.Take());
        // wg 1.0.20210914 leaves a running peer the preshared key and keepalive that are not in the file; newer ones take them away.
        if (command == "syncconf") (sent, sentByWg) = (WithoutRemovals(sent), WithoutRemovals(sentByWg));
        Assert.Equal(sentByWg, sent);
    }

    private static string WithoutRemovals(string sent) => sent.Replace($"preshared_key={new string('0', 64)}\n", "", StringComparison.Ordinal)
        .Replace("persistent_keepalive_interval=0\n", "", StringComparison.Ordinal);
}
