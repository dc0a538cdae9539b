namespace PfsVpn.Tests.Cli;

/// <summary>Names of peers and what the sockets are bound to, which <c>wg</c> does not know: set, shown, and said in files as comments.</summary>
public sealed class NameAndBindingTests
{
    private static readonly string Key = CannedDevices.Base64(1);

    public static TheoryData<string[], string> Words => new()
    {
        { ["bind-device", "eth0"], "bind_device=eth0\n" },
        { ["bind-device", "off", "bind-address", "off"], "bind_device=\nbind_address=\n" },
        { ["bind-address", "2001:db8::1,192.0.2.1"], "bind_address=192.0.2.1,2001:db8::1\n" },
        { ["peer", Key, "name", "Jürgen's laptop", "persistent-keepalive", "5"], $"public_key={CannedDevices.Hex(1)}\npersistent_keepalive_interval=5\nname=Jürgen's laptop\n" },
        { ["peer", Key, "name", ""], $"public_key={CannedDevices.Hex(1)}\nname=\n" },
    };

    public static TheoryData<string[], string> RefusedWords => new()
    {
        { ["bind-device", "a/b"], "bind-device: not the name of an interface, nor off: `a/b'" },
        { ["bind-address", "example.com"], "bind-address: not an address, nor one of each family, nor off: `example.com'" },
        { ["peer", Key, "bind-device", "eth0"], "Invalid argument: bind-device: belongs before the first peer" },
        { ["name", "x"], "Invalid argument: name: belongs behind `peer <public key>'" },
        { ["peer", Key, "name", "a\nb"], "name: a name is text without control characters" },
        { ["peer", Key, "name", new string('ü', 33)], "name: a name has at most 64 bytes" },
    };

    [Theory, MemberData(nameof(Words))]
    public void Set_sends_them(string[] words, string expected)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("name0");
        Assert.Equal(new RunResult(0, "", ""), stage.Cli(["set", "name0", .. words]));
        Assert.Equal($"set=1\n{expected}\n", Assert.Single(daemon.Take()));
    }

    [Theory, MemberData(nameof(RefusedWords))]
    public void Set_says_what_they_can_be_and_sends_nothing(string[] words, string message)
    {
        using var stage = new CliStage();
        var daemon = stage.Start("name0");
        Assert.Equal(new RunResult(1, "", message + "\n"), stage.Cli(["set", "name0", .. words]));
        Assert.Empty(daemon.Take());
    }

    [Fact]
    public void Show_and_showconf_have_lines_of_them_only_where_they_are_set()
    {
        using var stage = new CliStage();
        stage.Start("name0", "listen_port=1\nbind_device=eth0\nbind_address=192.0.2.1,2001:db8::1\n" + CannedDevices.Peer(1, "name=Jürgen's laptop") + CannedDevices.Peer(2));
        Assert.Equal(
            "interface: name0\n  listening port: 1\n  bound to: eth0\n  bound to: 192.0.2.1, 2001:db8::1\n\n" +
            $"peer: {Key}\n  name: Jürgen's laptop\n  allowed ips: (none)\n\npeer: {CannedDevices.Base64(2)}\n  allowed ips: (none)\n",
            stage.Cli(["show", "name0"]).Output);
        Assert.Equal(
            "[Interface]\nListenPort = 1\n#! BindDevice = eth0\n#! BindAddress = 192.0.2.1,2001:db8::1\n\n" +
            $"[Peer]\nPublicKey = {Key}\n#! Name = Jürgen's laptop\n\n[Peer]\nPublicKey = {CannedDevices.Base64(2)}\n",
            stage.Cli(["showconf", "name0"]).Output);
    }
}
