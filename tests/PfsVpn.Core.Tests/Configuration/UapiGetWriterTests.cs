using System.Buffers;
using System.Diagnostics;
using System.Text;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;
using Xunit.Abstractions;

namespace PfsVpn.Tests.Configuration;

public sealed class UapiGetWriterTests(ITestOutputHelper output) : IDisposable
{
    private readonly SecretArena _arena = SecretArena.Create();
    private readonly LockedMemoryPool _pool = new();

    [Fact]
    public void An_empty_device_answers_only_that_it_is_well() => Assert.Equal("errno=0\n\n", Write(new DeviceState { Peers = [] }));

    [Fact]
    public void Keys_come_in_the_order_of_wireguard_go()
    {
        using var privateKey = Secret(UapiTestText.KeyA);
        using var presharedKey = Secret(UapiTestText.KeyB);
        var state = new DeviceState
        {
            PrivateKey = privateKey,
            ListenPort = 51820,
            FirewallMark = 0xca6c,
            Peers =
            [
                new PeerState
                {
                    PublicKey = UapiTestText.Public(UapiTestText.KeyB),
                    PresharedKey = presharedKey,
                    Endpoint = new EndpointAddress(new IpAddress(0xfe80_0000_0000_0000, 1), 51821, 3),
                    LastHandshake = TimeSpan.FromSeconds(1_700_000_000) + TimeSpan.FromTicks(1234567),
                    ReceivedBytes = ulong.MaxValue,
                    SentBytes = 1,
                    PersistentKeepalive = 25,
                    AllowedIps = [new IpPrefix(new IpAddress(0x0a000000), 8), new IpPrefix(new IpAddress(0, 0), 0)],
                },
                new PeerState { PublicKey = UapiTestText.Public(UapiTestText.KeyA), Endpoint = new EndpointAddress(new IpAddress(0xc0000201), 1), AllowedIps = [] },
                new PeerState { AllowedIps = [] },
            ],
        };
        Assert.Equal(
            $"private_key={UapiTestText.KeyA}\nlisten_port=51820\nfwmark=51820\n" +
            $"public_key={UapiTestText.KeyB}\npreshared_key={UapiTestText.KeyB}\nprotocol_version=1\nendpoint=[fe80::1%3]:51821\n" +
            "last_handshake_time_sec=1700000000\nlast_handshake_time_nsec=123456700\ntx_bytes=1\nrx_bytes=18446744073709551615\npersistent_keepalive_interval=25\n" +
            "allowed_ip=10.0.0.0/8\nallowed_ip=::/0\n" +
            $"public_key={UapiTestText.KeyA}\npreshared_key={UapiTestText.ZeroKey}\nprotocol_version=1\nendpoint=192.0.2.1:1\n" +
            "last_handshake_time_sec=0\nlast_handshake_time_nsec=0\ntx_bytes=0\nrx_bytes=0\npersistent_keepalive_interval=0\n" +
            $"public_key={UapiTestText.ZeroKey}\npreshared_key={UapiTestText.ZeroKey}\nprotocol_version=1\n" +
            "last_handshake_time_sec=0\nlast_handshake_time_nsec=0\ntx_bytes=0\nrx_bytes=0\npersistent_keepalive_interval=0\n" +
            "errno=0\n\n", Write(state));
    }

    [Fact]
    public void The_lives_of_keys_are_told_only_where_they_are_set()
    {
        var state = new DeviceState
        {
            RekeyAfterSeconds = 30,
            RekeyAfterBytes = 1UL << 30,
            Peers =
            [
                new PeerState { RekeyAfterSeconds = 120, AllowedIps = [new IpPrefix(new IpAddress(0x0a000000), 8)] },
                new PeerState { RekeyAfterBytes = ulong.MaxValue, AllowedIps = [] },
            ],
        };
        var peer = $"public_key={UapiTestText.ZeroKey}\npreshared_key={UapiTestText.ZeroKey}\nprotocol_version=1\n" +
            "last_handshake_time_sec=0\nlast_handshake_time_nsec=0\ntx_bytes=0\nrx_bytes=0\npersistent_keepalive_interval=0\n";
        Assert.Equal(
            $"rekey_after_time=30\nrekey_after_bytes=1073741824\n{peer}rekey_after_time=120\nallowed_ip=10.0.0.0/8\n{peer}rekey_after_bytes=18446744073709551615\nerrno=0\n\n", Write(state));
    }

    [Fact]
    public void Names_and_what_the_sockets_are_bound_to_are_told_only_where_they_are_set()
    {
        var longest = new IpAddress(ulong.MaxValue, ulong.MaxValue);
        var state = new DeviceState
        {
            BindDevice = new string('x', 100),
            BindAddresses = new BindAddresses(new IpAddress(uint.MaxValue), longest),
            Peers = [new PeerState { Name = new string('ü', 32), AllowedIps = [] }, new PeerState { AllowedIps = [] }],
        };
        var peer = $"public_key={UapiTestText.ZeroKey}\npreshared_key={UapiTestText.ZeroKey}\nprotocol_version=1\n" +
            "last_handshake_time_sec=0\nlast_handshake_time_nsec=0\ntx_bytes=0\nrx_bytes=0\npersistent_keepalive_interval=0\n";
        Assert.Equal($"bind_device={state.BindDevice}\nbind_address=255.255.255.255,{longest}\n{peer}name={state.Peers[0].Name}\n{peer}errno=0\n\n", Write(state));
        Assert.Equal("bind_address=::1\nerrno=0\n\n", Write(new DeviceState { BindAddresses = new BindAddresses(default, new IpAddress(0, 1)), Peers = [] }));
    }

    [Theory]
    [InlineData(0, true, "errno=0\n\n")]
    [InlineData(22, true, "errno=-22\n\n")]
    [InlineData(22, false, "errno=22\n\n")]
    public void An_errno_has_the_sign_that_wg_expects(int errno, bool negative, string expected)
    {
        using var writer = new LockedBufferWriter(_pool);
        UapiGetWriter.WriteErrno(errno, negative, writer);
        Assert.Equal(expected, Encoding.ASCII.GetString(writer.Written));
    }

    [Fact]
    public void An_answer_over_many_blocks_is_whole_and_the_time_is_told()
    {
        var prefixes = Enumerable.Range(0, 65_280).SelectMany(static i => new[]
        {
            new IpPrefix(new IpAddress(0x0a000000 | ((uint)i << 8)), 24), new IpPrefix(new IpAddress(0x20010db8_0000_0000 | ((ulong)i << 16), 0), 48),
        }).ToArray();
        var state = new DeviceState { Peers = [new PeerState { PublicKey = UapiTestText.Public(UapiTestText.KeyA), AllowedIps = prefixes }] };
        var expected = string.Concat(prefixes.Select(static prefix => $"allowed_ip={prefix}\n")) + "errno=0\n\n";
        for (var round = 0; round < 3; round++)
        {
            using var writer = new LockedBufferWriter(_pool);
            var watch = Stopwatch.StartNew();
            UapiGetWriter.Write(state, writer);
            output.WriteLine($"{prefixes.Length} allowed IPs, {writer.Length} bytes: {watch.Elapsed.TotalMilliseconds:F1} ms");
            Assert.EndsWith(expected, Encoding.ASCII.GetString(writer.Written));
        }
        Assert.Equal(0, _pool.RentedBlocks);
    }

    public void Dispose()
    {
        _pool.Dispose();
        _arena.Dispose();
    }

    private SecretKey Secret(string hex)
    {
        var key = _arena.Allocate();
        Convert.FromHexString(hex).CopyTo(key.Bytes);
        return key;
    }

    private string Write(DeviceState state)
    {
        using var writer = new LockedBufferWriter(_pool);
        UapiGetWriter.Write(state, writer);
        return Encoding.UTF8.GetString(writer.Written);
    }
}
