using System.Text;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Configuration;

public sealed class TunnelFileTests : IDisposable
{
    private const string Key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=", OtherKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";

    private readonly SecretArena _arena = SecretArena.Create();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void Keys_of_wg_quick_are_the_hosts_and_the_rest_is_the_daemons()
    {
        using var file = Parse($"""
            [Interface]
            Address = 10.0.0.2/24, fd00::2/64
            address=10.1.0.2   # another
            PrivateKey = {Key}
            DNS = 10.0.0.1,fd00::1 example.org
            MTU = 1380
            Table = 1234
            PreUp = echo one; echo two
            PostUp = echo "a = b"   # why
            PostUp = second %i
            PreDown = d1
            PostDown = d2
            SaveConfig = TRUE
            ListenPort = 51820
            [Peer]
            PublicKey = {OtherKey}
            AllowedIPs = 0.0.0.0/0
            Endpoint = vpn.example.org:51820
            """);
        Assert.Equal(["10.0.0.2/24", "fd00::2/64", "10.1.0.2"], file.Addresses);
        Assert.Equal(["10.0.0.1", "fd00::1"], file.DnsServers);
        Assert.Equal(["example.org"], file.DnsSearch);
        Assert.Equal(1380, file.Mtu);
        Assert.Equal("1234", file.Table);
        Assert.Equal(["echo one; echo two"], file.PreUp);
        Assert.Equal(["echo \"a = b\"", "second %i"], file.PostUp);
        Assert.Equal(["d1"], file.PreDown);
        Assert.Equal(["d2"], file.PostDown);
        Assert.True(file.SaveConfig);
        Assert.Equal((ushort)51820, file.WgConfig.Change.ListenPort);
        var peer = Assert.Single(file.Peers);
        Assert.Equal("vpn.example.org", peer.NamedEndpoint?.Host);
        Assert.Same(file.WgConfig.Change.Peers[0], peer.Change);
    }

    [Fact]
    public void Keys_behind_the_mark_are_those_of_PfsVpn()
    {
        using var file = Parse($"""
            [Interface]
            #! KillSwitch = always
            #! KillSwitchAllow = 192.168.0.0/16, fd00::/8
            #!BindDevice=eth0
            #! BindAddress = 2001:db8::1, 192.0.2.1
            #! PrivateKeyFile = key
            #! MssClamp = 1200
            #! OnConnect = logger up %i
            #! RekeyAfterTime = 30
            # a plain comment
            [Peer]
            #! Name = laptop of Ann
            PublicKey = {OtherKey}
            #! ExcludedIPs = 10.1.0.0/16
            #! OnDisconnect = logger down
            #! RekeyAfterBytes = 1G
            [Peer]
            #! Name = phone
            PublicKey = {Key}
            """);
        Assert.Equal(KillSwitchMode.Always, file.KillSwitch);
        Assert.Equal("192.168.0.0/16 fd00::/8", string.Join(' ', file.KillSwitchAllow));
        Assert.Equal("eth0", file.BindDevice);
        Assert.Equal("192.0.2.1,2001:db8::1", file.BindAddresses.ToString());
        Assert.Equal(("eth0", file.BindAddresses), (file.WgConfig.Change.BindDevice, file.WgConfig.Change.BindAddresses));
        Assert.Equal(new TunnelKeySource(TunnelKeySourceKind.File, "key", 6), file.PrivateKeySource);
        Assert.True(file.MssClamp);
        Assert.Equal(1200, file.MssClampSize);
        Assert.Equal(["logger up %i"], file.OnConnect);
        Assert.Equal((ushort)30, file.WgConfig.Change.RekeyAfterSeconds);
        Assert.Equal("laptop of Ann, phone", string.Join(", ", file.Peers.Select(static peer => peer.Name)));
        Assert.Equal("laptop of Ann", file.WgConfig.Change.Peers[0].Name);
        Assert.Equal("10.1.0.0/16", Assert.Single(file.Peers[0].ExcludedIps).ToString());
        Assert.Equal(["logger down"], file.Peers[0].OnDisconnect);
        Assert.Equal(1UL << 30, file.WgConfig.Change.Peers[0].RekeyAfterBytes);
    }

    [Theory]
    [InlineData("[Interface]\n#! KilSwitch = on", "t0.conf:2: KilSwitch: unknown key behind #!")]
    [InlineData("[Interface]\n#! KillSwitch = yes", "t0.conf:2: KillSwitch: not on, off or always: `yes'")]
    [InlineData("[Interface]\n\n#! Name = x", "t0.conf:3: Name: belongs in [Peer], not in [Interface]")]
    [InlineData("#! Name = x", "t0.conf:1: Name: stands before any section")]
    [InlineData("[Interface]\n#! Address = 10.0.0.1", "t0.conf:2: Address: is a key of wg-quick; write it without #!")]
    [InlineData("[Interface]\n#! KillSwitch", "t0.conf:2: KillSwitch: no value")]
    [InlineData("[Interface]\n#! KillSwitch = # on", "t0.conf:2: KillSwitch: no value")]
    [InlineData("[Interface]\nSaveConfig = perhaps", "t0.conf:2: SaveConfig: neither true nor false")]
    [InlineData("[Interface]\nMTU = big", "t0.conf:2: MTU: not a number of bytes")]
    [InlineData("[Interface]\nAddress = 10.0.0.1\nAdress = 10.0.0.1", "t0.conf:3: Adress: unknown key")]
    [InlineData("[Interface]\n#! BindAddress = 10.0.0.1,10.0.0.2", "t0.conf:2: BindAddress: not an IP address that a socket can be bound to")]
    [InlineData("[Interface]\nPrivateKey = " + Key + "\n#! PrivateKeyFile = k", "t0.conf:3: PrivateKeyFile: the file has a PrivateKey as well")]
    [InlineData("[Interface]\n#! PrivateKeyCommand = c\n#! PrivateKeyFile = k", "t0.conf:3: PrivateKeyFile: line 2 says already")]
    [InlineData("[Interface]\nPostUp = a\0b", "t0.conf:2: PostUp: holds a zero byte")]
    public void What_is_wrong_names_file_line_and_key(string text, string message)
    {
        var wrong = Assert.Throws<WgConfigException>(() => Parse(text));
        Assert.Contains(message, wrong.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wg0.conf", "wg0")]
    [InlineData("/etc/wireguard/a=b_c+d.e-f.conf", "a=b_c+d.e-f")]
    [InlineData("wg0", null)]
    [InlineData("a b.conf", null)]
    [InlineData(".conf", null)]
    [InlineData("sixteen-letters-.conf", null)]
    public void A_file_is_named_after_its_interface(string path, string? name) => Assert.Equal(name, TunnelFile.InterfaceOf(path));

    private TunnelFile Parse(string text) => TunnelFileParser.Parse(Encoding.UTF8.GetBytes(text), _arena, "t0.conf");
}
