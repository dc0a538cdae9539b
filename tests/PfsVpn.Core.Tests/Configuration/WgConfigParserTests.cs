using System.Text;
using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Configuration;

/// <summary>The file grammar. What the stock tool takes and refuses is compared in Cli/ConfigurationFileTests.</summary>
public sealed class WgConfigParserTests : IDisposable
{
    private const string Key = "6EtabScXwQA6E7QxVwNT26ypFGzxUMX4V1aA/rpSAno=";
    private const string Other = "GIUVCT6VL18i6GXO8wEucvi18LWYrAMJ1drM47cPz1I=";

    private readonly SecretArena _arena = SecretArena.Create();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void A_whole_file_becomes_one_change()
    {
        using var config = Parse(
            $"[Interface]\nPrivateKey = {Key}\nListenPort = 51820\nFwMark = 0x10\n\n[Peer]\nPublicKey = {Other}\nPresharedKey = {Key}\n" +
            "AllowedIPs = 10.0.0.0/24, fd00::/64\nEndpoint = [2001:db8::1]:5\nPersistentKeepalive = 25\n");
        Assert.Equal(2, _arena.SlotsInUse);
        Assert.Equal(Key, Convert.ToBase64String(config.Change.PrivateKey!.Bytes));
        Assert.Equal(((ushort)51820, 16u, true), (config.Change.ListenPort!.Value, config.Change.FirewallMark!.Value, config.Change.ReplacePeers));
        var peer = Assert.Single(config.Change.Peers);
        Assert.Equal(Other, peer.PublicKey.ToString());
        Assert.Equal(Key, Convert.ToBase64String(peer.PresharedKey!.Bytes));
        Assert.Equal("[2001:db8::1]:5", peer.Endpoint.ToString());
        Assert.Equal((ushort)25, peer.PersistentKeepalive);
        Assert.True(peer.ReplaceAllowedIps);
        Assert.Equal("10.0.0.0/24 fd00::/64", string.Join(' ', peer.AllowedIps.Select(static allowed => allowed.Prefix.ToString())));
        Assert.Empty(config.UnresolvedEndpoints);
        Assert.Empty(config.Warnings);
    }

    [Fact]
    public void A_file_describes_the_interface_wholly_unless_it_is_appended()
    {
        using (var whole = Parse("[Interface]"))
        {
            Assert.True(whole.Change.PrivateKey!.IsZero);
            Assert.Equal(((ushort)0, 0u, true), (whole.Change.ListenPort!.Value, whole.Change.FirewallMark!.Value, whole.Change.ReplacePeers));
        }
        using var appended = Parse("[Interface]", append: true);
        Assert.Null(appended.Change.PrivateKey);
        Assert.Null(appended.Change.ListenPort);
        Assert.Null(appended.Change.FirewallMark);
        Assert.False(appended.Change.ReplacePeers);
    }

    [Fact]
    public void The_lives_of_keys_stand_in_both_sections()
    {
        using (var config = Parse($"[Interface]\nRekeyAfterTime = 30\nRekeyAfterBytes = 512M\n[Peer]\nPublicKey={Key}\nrekeyaftertime=120\nREKEYAFTERBYTES = 1 g\n[Peer]\nPublicKey={Other}\nRekeyAfterTime=off\nRekeyAfterBytes=OFF"))
        {
            Assert.Equal(((ushort?)30, (ulong?)512 << 20), (config.Change.RekeyAfterSeconds, config.Change.RekeyAfterBytes));
            Assert.Equal(((ushort?)120, (ulong?)1 << 30), (config.Change.Peers[0].RekeyAfterSeconds, config.Change.Peers[0].RekeyAfterBytes));
            Assert.Equal(((ushort?)0, (ulong?)0), (config.Change.Peers[1].RekeyAfterSeconds, config.Change.Peers[1].RekeyAfterBytes));
        }
        using (var whole = Parse($"[Peer]\nPublicKey={Key}"))
        {
            Assert.Equal(((ushort?)0, (ulong?)0), (whole.Change.RekeyAfterSeconds, whole.Change.RekeyAfterBytes));
            Assert.Equal((null, null), (whole.Change.Peers[0].RekeyAfterSeconds, whole.Change.Peers[0].RekeyAfterBytes));
        }
        using var appended = Parse("[Interface]\nRekeyAfterBytes=1048577", append: true);
        Assert.Equal((null, (ulong?)1048577), (appended.Change.RekeyAfterSeconds, appended.Change.RekeyAfterBytes));
    }

    [Theory]
    [InlineData("RekeyAfterTime=9", "RekeyAfterTime: not a time from 10 to 120 seconds, nor 0 or off: `9'")]
    [InlineData("RekeyAfterTime=121", "RekeyAfterTime: not a time from 10 to 120 seconds, nor 0 or off: `121'")]
    [InlineData("RekeyAfterTime=30s", "RekeyAfterTime: not a time from 10 to 120 seconds, nor 0 or off: `30s'")]
    [InlineData("RekeyAfterBytes=1023K", "RekeyAfterBytes: not a number of bytes such as 512M or 1G, of at least 1M (1048576 bytes), nor 0 or off: `1023K'")]
    [InlineData("RekeyAfterBytes=M", "RekeyAfterBytes: not a number of bytes such as 512M or 1G, of at least 1M (1048576 bytes), nor 0 or off: `M'")]
    [InlineData("RekeyAfterBytes=1T", "RekeyAfterBytes: not a number of bytes such as 512M or 1G, of at least 1M (1048576 bytes), nor 0 or off: `1T'")]
    [InlineData("RekeyAfterBytes=17179869184G", "RekeyAfterBytes: not a number of bytes such as 512M or 1G, of at least 1M (1048576 bytes), nor 0 or off: `17179869184G'")]
    [InlineData("RekeyAfterBytes=1.5G", "RekeyAfterBytes: not a number of bytes such as 512M or 1G, of at least 1M (1048576 bytes), nor 0 or off: `1.5G'")]
    public void The_life_of_a_key_that_cannot_be_says_what_can(string line, string message)
    {
        Assert.Equal("demo.conf:2: " + message, Fails("[Interface]\n" + line).Message);
        Assert.Equal("demo.conf:3: " + message, Fails($"[Peer]\nPublicKey={Key}\n{line}").Message);
    }

    [Fact]
    public void Names_are_left_to_be_looked_up_with_the_line_they_stand_in()
    {
        using var config = Parse($"[Peer]\nEndpoint=vpn.example:51820\nPublicKey={Key}\n[Peer]\nPublicKey={Other}\nEndpoint=[fe80::1%eth0]:domain\nEndpoint=192.0.2.1:5");
        var endpoint = Assert.Single(config.UnresolvedEndpoints);
        Assert.Equal((config.Change.Peers[0], "vpn.example", "51820", 2), (endpoint.Peer, endpoint.Host, endpoint.Port, endpoint.Line));
        Assert.Null(config.Change.Peers[0].Endpoint);
        Assert.Equal("192.0.2.1:5", config.Change.Peers[1].Endpoint.ToString());
    }

    [Fact]
    public void A_sign_before_an_allowed_ip_makes_the_list_a_change_of_those_only()
    {
        using var config = Parse($"[Peer]\nPublicKey={Key}\nAllowedIPs=+10.0.0.0/8,-11.0.0.0/8,12.0.0.0/8");
        Assert.False(config.Change.Peers[0].ReplaceAllowedIps);
        Assert.Equal([false, true, false], config.Change.Peers[0].AllowedIps.Select(static allowed => allowed.Remove));
        using var later = Parse($"[Peer]\nPublicKey={Key}\nAllowedIPs=+10.0.0.0/8\nAllowedIPs=12.0.0.0/8");
        Assert.True(later.Change.Peers[0].ReplaceAllowedIps);
    }

    [Fact]
    public void Services_are_found_where_there_is_a_table_of_them()
    {
        using var config = WgConfigParser.Parse("[Interface]\nListenPort=vpn"u8.ToArray(), _arena, "demo.conf", servicePort: static name => name == "vpn" ? (ushort)7 : null);
        Assert.Equal((ushort)7, config.Change.ListenPort);
        Assert.Equal("demo.conf:2: ListenPort: not a port from 0 to 65535: `vpn'", Fails("[Interface]\nListenPort=vpn").Message);
    }

    [Fact]
    public void An_error_knows_its_place()
    {
        var error = Fails($"[Interface]\nPrivateKey={Key}\n\n\n[Peer]\n# the other side\nPresharedKey = {Key[..40]}\n");
        Assert.Equal(("demo.conf", 7, "PresharedKey"), (error.File, error.Line, error.Key));
        Assert.Equal("demo.conf:7: PresharedKey: not a key of 32 bytes in base64 (44 characters); this has 40", error.Message);
    }

    [Theory]
    [InlineData($"[Interface]\nPrivateKey={Key}\nbogus=1")]
    [InlineData($"[Interface]\nPrivateKey={Key}\nPrivateKey={Other}\nPrivateKey=x")]
    [InlineData($"[Peer]\nPublicKey={Key}\nPresharedKey={Key}\nPresharedKey={Other}\n[Peer]\nPresharedKey={Key}\n")]
    [InlineData($"[Interface]\nPrivateKey={Key}\n[Peer]\nPresharedKey={Key}\n")]
    public void A_refused_file_leaves_no_secret_behind(string text)
    {
        Fails(text);
        Assert.Equal(0, _arena.SlotsInUse);
    }

    [Fact]
    public void Errors_never_repeat_what_may_be_a_key()
    {
        foreach (var text in new[]
        {
            $"[Interface]\nPrivatKey={Key}", $"[Interface]\n{Key}", Key, $"[{Key}]", $"[Interface]\nPrivateKey={Key}x", $"[Interface]\nListenPort={Key}", $"[Interface]\nFwMark={Key}",
            $"[Peer]\nEndpoint={Key}", $"[Peer]\nEndpoint={Key}:5x:", $"[Peer]\nAllowedIPs={Key}", $"[Peer]\nPersistentKeepalive={Key}", $"{Key}=5",
        })
            Assert.DoesNotContain(Key[8..30], Fails(text).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_the_bytes_are_the_parser_accepts_them_or_says_where_they_are_wrong()
    {
        var words = Gen.Elements("[Interface]", "[Peer]", "\n", "=", " ", "#", ",", "/", ":", "[", "]", "PrivateKey", "PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "ListenPort", "FwMark",
            "PersistentKeepalive", "RekeyAfterTime", "RekeyAfterBytes", "30", "512M", "18446744073709551615G", Key, Other, "10.0.0.0/8", "::/0", "192.0.2.1:5", "off", "0x1", "+", "-", "\r", "\0", "é", "65536", "\uFEFF");
        Check.QuickThrowOnFailure(Prop.ForAll(words.ListOf().Select(string.Concat).ToArbitrary(), text =>
        {
            try
            {
                Parse(text).Dispose();
            }
            catch (WgConfigException refused)
            {
                Assert.StartsWith($"demo.conf:{refused.Line}: ", refused.Message, StringComparison.Ordinal);
            }
            return _arena.SlotsInUse == 0;
        }));
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), bytes =>
        {
            try
            {
                WgConfigParser.Parse([.. "[Peer]\n"u8, .. bytes], _arena, "demo.conf").Dispose();
            }
            catch (WgConfigException)
            {
                // Refused, as most are.
            }
            return _arena.SlotsInUse == 0;
        }));
    }

    private WgConfig Parse(string text, bool append = false) => WgConfigParser.Parse(Encoding.UTF8.GetBytes(text), _arena, "demo.conf", append);

    private WgConfigException Fails(string text) => Assert.Throws<WgConfigException>(() => Parse(text));
}
