using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Text;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;
using Xunit.Abstractions;

namespace PfsVpn.Tests.Configuration;

public sealed class UapiSetParserTests(ITestOutputHelper output) : IDisposable
{
    private const string PeerLine = "public_key=" + UapiTestText.KeyA;

    private readonly SecretArena _arena = SecretArena.Create();
    private readonly LockedMemoryPool _pool = new();

    public static TheoryData<string, string> GoodLines => new()
    {
        { "", "none   False" },
        { $"private_key={UapiTestText.KeyA}", $"{UapiTestText.KeyA.ToUpperInvariant()}   False" },
        { $"private_key={UapiTestText.KeyA.ToUpperInvariant()}", $"{UapiTestText.KeyA.ToUpperInvariant()}   False" },
        { $"private_key={UapiTestText.ZeroKey}", $"{UapiTestText.ZeroKey}   False" },
        { $"private_key={UapiTestText.KeyA}\nprivate_key={UapiTestText.KeyB}", $"{UapiTestText.KeyB.ToUpperInvariant()}   False" },
        { "listen_port=0", "none 0  False" },
        { "listen_port=65535", "none 65535  False" },
        { "listen_port=1\nlisten_port=00051820", "none 51820  False" },
        { "fwmark=0", "none  0 False" },
        { "fwmark=4294967295", "none  4294967295 False" },
        { "fwmark=0xcA6c", "none  51820 False" },
        { "fwmark=0xffffffff", "none  4294967295 False" },
        { "replace_peers=true", "none   True" },
        { "rekey_after_time=10", "none   False 10 s" },
        { "rekey_after_time=120\nrekey_after_bytes=1048576", "none   False 120 s 1048576 bytes" },
        { "rekey_after_time=0\nrekey_after_bytes=0", "none   False 0 s 0 bytes" },
        { "rekey_after_bytes=18446744073709551615", "none   False 18446744073709551615 bytes" },
        { "bind_device=", "none   False on <>" },
        { "bind_device=eth0.100-a_b@c", "none   False on <eth0.100-a_b@c>" },
        { "bind_address=", "none   False at <>" },
        { "bind_address=192.0.2.1", "none   False at <192.0.2.1>" },
        { "bind_address=2001:db8::1,192.0.2.1", "none   False at <192.0.2.1,2001:db8::1>" },
    };

    public static TheoryData<string, string> GoodPeerLines => new()
    {
        { "", "False False none   False" },
        { "remove=true", "True False none   False" },
        { "name=", "False False none   False <>" },
        { "name=Jürgen's laptop = 💻, #1", "False False none   False <Jürgen's laptop = 💻, #1>" },
        { "name=" + new string('n', 64), $"False False none   False <{new string('n', 64)}>" },
        { "update_only=true", "False True none   False" },
        { $"preshared_key={UapiTestText.KeyB}", $"False False {UapiTestText.KeyB.ToUpperInvariant()}   False" },
        { $"preshared_key={UapiTestText.ZeroKey}", $"False False {UapiTestText.ZeroKey}   False" },
        { "endpoint=192.0.2.1:51820", "False False none 192.0.2.1:51820  False" },
        { "endpoint=255.255.255.255:65535", "False False none 255.255.255.255:65535  False" },
        { "endpoint=[2001:db8::1]:1", "False False none [2001:db8::1]:1  False" },
        { "endpoint=[::]:1", "False False none [::]:1  False" },
        { "endpoint=[::1]:1", "False False none [::1]:1  False" },
        { "endpoint=[1:2:3:4:5:6:7:8]:9", "False False none [1:2:3:4:5:6:7:8]:9  False" },
        { "endpoint=[1:2:3:4:5:6:7::]:9", "False False none [1:2:3:4:5:6:7:0]:9  False" },
        { "endpoint=[64:ff9b::192.0.2.33]:9", "False False none [64:ff9b::c000:221]:9  False" },
        { "endpoint=[fe80::1]:51820", "False False none [fe80::1]:51820  False" },
        { "endpoint=[fe80::1%7]:51820", "False False none [fe80::1%7]:51820  False" },
        { "endpoint=[fe80::1%lo]:51820", "False False none [fe80::1%1]:51820  False" },
        { "endpoint=[2001:db8::1%lo]:51820", "False False none [2001:db8::1]:51820  False" },
        { "persistent_keepalive_interval=0", "False False none  0 False" },
        { "persistent_keepalive_interval=65535", "False False none  65535 False" },
        { "replace_allowed_ips=true", "False False none   True" },
        { "allowed_ip=10.0.0.0/8", "False False none   False +10.0.0.0/8" },
        { "allowed_ip=10.1.2.3/8", "False False none   False +10.0.0.0/8" },
        { "allowed_ip=-10.0.0.0/8", "False False none   False -10.0.0.0/8" },
        { "allowed_ip=0.0.0.0/0", "False False none   False +0.0.0.0/0" },
        { "allowed_ip=192.0.2.1/32", "False False none   False +192.0.2.1/32" },
        { "allowed_ip=::/0", "False False none   False +::/0" },
        { "allowed_ip=2001:db8:ffff::1/33", "False False none   False +2001:db8:8000::/33" },
        { "allowed_ip=-2001:db8::1/128", "False False none   False -2001:db8::1/128" },
        { "allowed_ip=10.0.0.0/8\nallowed_ip=-10.0.0.0/8\nallowed_ip=10.0.0.0/8", "False False none   False +10.0.0.0/8 -10.0.0.0/8 +10.0.0.0/8" },
        { "allowed_ip=10.0.0.0/8\nreplace_allowed_ips=true\nallowed_ip=11.0.0.0/8", "False False none   True +11.0.0.0/8" },
        { "protocol_version=1", "False False none   False" },
        { "rekey_after_time=30", "False False none   False 30 s" },
        { "rekey_after_time=0\nrekey_after_bytes=1073741824\nallowed_ip=10.0.0.0/8", "False False none   False 0 s 1073741824 bytes +10.0.0.0/8" },
    };

    public static TheoryData<string, int, string> BadLines
    {
        get
        {
            var data = new TheoryData<string, int, string>();
            foreach (var line in new[] { "x", "private_key", "true", " ", "\r", "\0", UapiTestText.KeyA, "listen_port 1", "set" })
            {
                data.Add(line, UapiErrno.Protocol, "line 1: ");
            }
            foreach (var line in new[]
            {
                "name=x", "bind_device=a/b", "bind_device=a b", "bind_device=ü", "bind_device=.", "bind_device=..", "bind_device=sixteen-letters!", "bind_device=a:1",
                "bind_address=eth0", "bind_address=192.0.2.1,", "bind_address=192.0.2.1,192.0.2.2", "bind_address=::1,::2", "bind_address=224.0.0.1", "bind_address=ff02::1",
                "private_key=", "private_key=0", "private_key=" + UapiTestText.KeyA[1..], "private_key=" + UapiTestText.KeyA + "0", "private_key=g" + UapiTestText.KeyA[1..],
                "private_key= " + UapiTestText.KeyA, "private_key=" + UapiTestText.KeyA + "\r", "private_key=oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=",
                "listen_port=", "listen_port=-1", "listen_port=+1", "listen_port=65536", "listen_port=18446744073709551617", "listen_port=1 ", "listen_port= 1", "listen_port=0x10",
                "listen_port=1e3", "listen_port=\u0661", "listen_port=000000000000000000001",
                "fwmark=", "fwmark=-1", "fwmark=4294967296", "fwmark=0x", "fwmark=0x100000000", "fwmark=0xg", "fwmark=off", "fwmark=0x-1",
                "rekey_after_time=", "rekey_after_time=9", "rekey_after_time=1", "rekey_after_time=121", "rekey_after_time=-10", "rekey_after_time=off", "rekey_after_time=30s",
                "rekey_after_bytes=", "rekey_after_bytes=1", "rekey_after_bytes=1048575", "rekey_after_bytes=512M", "rekey_after_bytes=18446744073709551616", "rekey_after_bytes=off",
                "replace_peers=false", "replace_peers=", "replace_peers=1", "replace_peers=True", "replace_peers=true ",
                "=", "=1", "foo=1", "PRIVATE_KEY=" + UapiTestText.KeyA, " private_key=" + UapiTestText.KeyA, "private_key =" + UapiTestText.KeyA, "errno=0",
                "preshared_key=" + UapiTestText.KeyA, "endpoint=192.0.2.1:1", "allowed_ip=10.0.0.0/8", "remove=true", "update_only=true", "protocol_version=1",
                "persistent_keepalive_interval=1", "replace_allowed_ips=true", "public_key=", "public_key=" + UapiTestText.KeyA[2..], "public_key=z" + UapiTestText.KeyA[1..],
            })
            {
                data.Add(line, UapiErrno.Invalid, "line 1");
            }
            return data;
        }
    }

    public static TheoryData<string> BadPeerLines =>
    [
        "private_key=" + UapiTestText.KeyA, "listen_port=1", "fwmark=1", "replace_peers=true", "foo=bar", "=", "last_handshake_time_sec=0", "rx_bytes=1", "errno=0",
        "remove=false", "remove=", "update_only=false", "update_only=1", "replace_allowed_ips=false", "replace_allowed_ips=",
        "preshared_key=", "preshared_key=1", "preshared_key=" + UapiTestText.KeyA + "0", "preshared_key=x" + UapiTestText.KeyA[1..],
        "endpoint=", "endpoint=:", "endpoint=:1", "endpoint=192.0.2.1", "endpoint=192.0.2.1:", "endpoint=192.0.2.1:0", "endpoint=192.0.2.1:65536", "endpoint=192.0.2.1:-1",
        "endpoint=192.0.2:1", "endpoint=192.0.2.256:1", "endpoint=192.0.2.01:1", "endpoint=192.0.2.1.:1", "endpoint=.192.0.2.1:1", "endpoint=0x7f.0.0.1:1", "endpoint=1:1",
        "endpoint=example.com:51820", "endpoint=2001:db8::1:51820", "endpoint=[2001:db8::1]", "endpoint=[2001:db8::1]:", "endpoint=[2001:db8::1]:0", "endpoint=[2001:db8::1:51820",
        "endpoint=2001:db8::1]:51820", "endpoint=[]:1", "endpoint=[:]:1", "endpoint=[:::]:1", "endpoint=[::1::]:1", "endpoint=[1:2:3:4:5:6:7]:1", "endpoint=[1:2:3:4:5:6:7:8:9]:1",
        "endpoint=[1:2:3:4::5:6:7:8]:1", "endpoint=[12345::]:1", "endpoint=[g::]:1", "endpoint=[::1.2.3]:1", "endpoint=[1:2:3:4:5:6:7:1.2.3.4]:1", "endpoint=[1:]:1", "endpoint=[:1]:1",
        "endpoint=[192.0.2.1]:1", "endpoint=[fe80::1%]:1", "endpoint=[fe80::1%no-such-if]:1", "endpoint=[fe80::1%a-name-that-is-too-long]:1", "endpoint=[fe80::1%4294967296]:1",
        "endpoint=[%1]:1", "endpoint=192.0.2.1%1:1", "endpoint=192.0.2.1:1 ", "endpoint= 192.0.2.1:1", "endpoint=[::1]:1\r",
        "bind_device=eth0", "name=a\tb", "name=a\u0085b", "name=a\r", "name=" + new string('n', 65), "name=" + new string('ü', 33),
        "rekey_after_time=9", "rekey_after_time=121", "rekey_after_time=", "rekey_after_bytes=1048575", "rekey_after_bytes=1G", "rekey_after_bytes=",
        "persistent_keepalive_interval=", "persistent_keepalive_interval=off", "persistent_keepalive_interval=-1", "persistent_keepalive_interval=65536",
        "allowed_ip=", "allowed_ip=-", "allowed_ip=--1.2.3.4/32", "allowed_ip=+1.2.3.4/32", "allowed_ip=1.2.3.4", "allowed_ip=1.2.3.4/", "allowed_ip=1.2.3.4/33", "allowed_ip=1.2.3.4/-1",
        "allowed_ip=1.2.3.4/08", "allowed_ip=1.2.3.4/255.255.255.0", "allowed_ip=1.2.3/24", "allowed_ip=1.2.3.4.5/32", "allowed_ip=01.2.3.4/32", "allowed_ip=::/129", "allowed_ip=::",
        "allowed_ip=fe80::1%lo/64", "allowed_ip=[::]/0", "allowed_ip=/0", "allowed_ip=1.2.3.4/32,5.6.7.8/32", "allowed_ip=10.0.0.0/8 ", "allowed_ip=10.0.0.0/8\r",
        "protocol_version=0", "protocol_version=2", "protocol_version=", "protocol_version=01",
    ];

    [Theory, MemberData(nameof(GoodLines))]
    public void Every_good_line_of_a_device_says_what_it_says(string lines, string expected) => Assert.Equal(expected, Parse(lines));

    [Theory, MemberData(nameof(GoodPeerLines))]
    public void Every_good_line_of_a_peer_says_what_it_says(string lines, string expected) =>
        Assert.Equal($"none   False{Environment.NewLine}{UapiTestText.Public(UapiTestText.KeyA)} {expected}", Parse(lines.Length == 0 ? PeerLine : $"{PeerLine}\n{lines}"));

    [Theory, MemberData(nameof(BadLines))]
    public void Every_bad_line_of_a_device_has_its_errno_and_names_its_place(string line, int errno, string place)
    {
        var error = ParseBad($"{line}\nlisten_port=1\n\n");
        Assert.Equal(errno, error.Errno);
        Assert.StartsWith(place, error.ToString());
        AssertShowsNoKey(error);
    }

    [Theory, MemberData(nameof(BadPeerLines))]
    public void Every_bad_line_of_a_peer_is_EINVAL_and_names_its_place(string line)
    {
        var error = ParseBad($"listen_port=1\n{PeerLine}\n{line}\nremove=true\n\n");
        Assert.Equal(UapiErrno.Invalid, error.Errno);
        Assert.Equal(3, error.Line);
        AssertShowsNoKey(error);
    }

    [Fact]
    public void The_message_names_the_line_the_key_and_the_value()
    {
        var error = ParseBad($"{PeerLine}\nendpoint=example.com:51820\n\n");
        Assert.Equal(
            "line 2, endpoint: 'example.com:51820': not an address and a port such as 192.0.2.1:51820, [2001:db8::1]:51820 or [fe80::1%eth0]:51820 (EINVAL)", error.ToString());
    }

    [Theory]
    [InlineData("rekey_after_time=5\n\n", "line 1, rekey_after_time: '5': not a time from 10 to 120 seconds, nor 0 for the protocol's 120 seconds (EINVAL)")]
    [InlineData("rekey_after_bytes=1000\n\n", "line 1, rekey_after_bytes: '1000': not a number of bytes from 1048576, nor 0 for no limit (EINVAL)")]
    [InlineData($"{PeerLine}\nrekey_after_time=500\n\n", "line 2, rekey_after_time: '500': not a time from 10 to 120 seconds, nor 0 for what the interface says (EINVAL)")]
    [InlineData($"{PeerLine}\nrekey_after_bytes=x\n\n", "line 2, rekey_after_bytes: 'x': not a number of bytes from 1048576, nor 0 for what the interface says (EINVAL)")]
    public void The_life_of_a_key_that_cannot_be_says_what_can(string text, string message) => Assert.Equal(message, ParseBad(text).ToString());

    [Fact]
    public void A_secret_in_the_wrong_place_is_not_shown()
    {
        const string Base64 = "oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=";
        foreach (var secret in new[] { UapiTestText.KeyA, Base64, Base64[..43] })
            foreach (var line in new[] { $"listen_port={secret}", $"fwmark={secret}", $"{secret}=1", $"{secret}", $"private_key={secret}x", $"replace_peers={secret}", $"public_key={secret}x" })
                Assert.DoesNotContain(secret[..16], ParseBad($"{line}\n\n").ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_line_that_is_too_long_is_an_error_and_the_rest_is_read_on()
    {
        var bytes = Encoding.ASCII.GetBytes($"listen_port={new string('1', 100_000)}\n\nrest");
        var input = new ReadOnlySequence<byte>(bytes);
        using var parser = new UapiSetParser(_arena, _pool);
        Assert.True(parser.Parse(ref input));
        Assert.Equal(UapiErrno.Invalid, parser.Error!.Errno);
        Assert.Equal("rest", Encoding.ASCII.GetString(input));
    }

    [Fact]
    public void A_line_that_never_ends_is_not_kept()
    {
        using var parser = new UapiSetParser(_arena, _pool);
        var piece = Encoding.ASCII.GetBytes(new string('x', 5000));
        for (var i = 0; i < 100; i++)
        {
            var input = new ReadOnlySequence<byte>(piece);
            Assert.False(parser.Parse(ref input));
            Assert.True(input.IsEmpty);
        }
        var end = new ReadOnlySequence<byte>("\n\n"u8.ToArray());
        Assert.True(parser.Parse(ref end));
        Assert.Equal(1, parser.Error!.Line);
    }

    [Fact]
    public void What_follows_the_blank_line_is_left_alone()
    {
        var input = new ReadOnlySequence<byte>("listen_port=7\n\nget=1\n\n"u8.ToArray());
        using var parser = new UapiSetParser(_arena, _pool);
        Assert.True(parser.Parse(ref input));
        Assert.Null(parser.Error);
        Assert.Equal("get=1\n\n", Encoding.ASCII.GetString(input));
    }

    [Fact]
    public void The_same_peer_twice_stays_twice_and_in_order()
    {
        var text = Parse($"{PeerLine}\nallowed_ip=10.0.0.0/8\npublic_key={UapiTestText.KeyB}\n{PeerLine}\nremove=true");
        var a = UapiTestText.Public(UapiTestText.KeyA);
        Assert.Equal($"none   False\n{a} False False none   False +10.0.0.0/8\n{UapiTestText.Public(UapiTestText.KeyB)} False False none   False\n{a} True False none   False", text.ReplaceLineEndings("\n"));
    }

    [Fact]
    public void A_refused_set_keeps_no_secret_even_before_its_end()
    {
        using var parser = new UapiSetParser(_arena, _pool);
        var input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes($"private_key={UapiTestText.KeyA}\n{PeerLine}\npreshared_key={UapiTestText.KeyB}\n"));
        Assert.False(parser.Parse(ref input));
        Assert.Equal(2, _arena.SlotsInUse);
        input = new ReadOnlySequence<byte>("bad line\n"u8.ToArray());
        Assert.False(parser.Parse(ref input));
        Assert.Equal(0, _arena.SlotsInUse);
    }

    [Fact]
    public void Disposing_an_unfinished_parser_gives_its_slots_back()
    {
        var parser = new UapiSetParser(_arena, _pool);
        var input = new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes($"private_key={UapiTestText.KeyA}\n{PeerLine}\npreshared_key={UapiTestText.KeyB}\n"));
        Assert.False(parser.Parse(ref input));
        parser.Dispose();
        Assert.Equal(0, _arena.SlotsInUse);
    }

    [Fact]
    public void A_change_can_be_taken_once()
    {
        using var parser = new UapiSetParser(_arena, _pool);
        var input = new ReadOnlySequence<byte>("\n"u8.ToArray());
        Assert.True(parser.Parse(ref input));
        parser.TakeChange().Dispose();
        Assert.Throws<InvalidOperationException>(parser.TakeChange);
    }

    [Fact]
    public void A_set_with_130560_allowed_ips_is_parsed_and_the_time_is_told()
    {
        var text = new StringBuilder($"{PeerLine}\nreplace_allowed_ips=true\n");
        for (var i = 0; i < 65_280; i++) text.Append(null, $"allowed_ip=10.{i >> 8}.{i & 255}.0/24\n").Append(null, $"allowed_ip=2001:db8:{i:x}::/48\n");
        var bytes = Encoding.ASCII.GetBytes(text.Append('\n').ToString());
        for (var round = 0; round < 3; round++)
        {
            var watch = Stopwatch.StartNew();
            var input = new ReadOnlySequence<byte>(bytes);
            using var parser = new UapiSetParser(_arena, _pool);
            Assert.True(parser.Parse(ref input));
            using var change = parser.TakeChange();
            output.WriteLine($"{change.Peers[0].AllowedIps.Count} allowed IPs, {bytes.Length} bytes: {watch.Elapsed.TotalMilliseconds:F1} ms");
            Assert.Equal(130_560, change.Peers[0].AllowedIps.Count);
            Assert.Equal(new AllowedIpChange(new IpPrefix(IpAddress.From(IPAddress.Parse("2001:db8:feff::")), 48), false), change.Peers[0].AllowedIps[^1]);
        }
    }

    public void Dispose()
    {
        Assert.Equal(0, _arena.SlotsInUse);
        Assert.Equal(0, _pool.RentedBlocks);
        _pool.Dispose();
        _arena.Dispose();
    }

    private string Parse(string lines) =>
        UapiTestText.ParseAll(_arena, _pool, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(lines.Length == 0 ? "\n" : lines + "\n\n")));

    private UapiError ParseBad(string text)
    {
        var input = new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes(text));
        using var parser = new UapiSetParser(_arena, _pool);
        Assert.True(parser.Parse(ref input), "a bad line must not hide the blank line");
        Assert.True(input.IsEmpty);
        Assert.Throws<InvalidOperationException>(parser.TakeChange);
        return Assert.IsType<UapiError>(parser.Error);
    }

    private static void AssertShowsNoKey(UapiError error) => Assert.DoesNotContain(UapiTestText.KeyA[2..20], error.ToString(), StringComparison.OrdinalIgnoreCase);
}
