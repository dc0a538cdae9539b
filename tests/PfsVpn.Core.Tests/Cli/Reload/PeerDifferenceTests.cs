using System.Text;
using PfsVpn.Cli;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Reload;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Cli.Reload;

/// <summary>What a daemon is told when a file has changed: the differences, and nothing that a peer's own moves have brought.</summary>
public sealed class PeerDifferenceTests : IDisposable
{
    private const string Endpoint = "Endpoint = 192.0.2.1:51820";
    private static readonly string First = CannedDevices.Base64(1), Second = CannedDevices.Base64(2);
    private readonly SecretArena _arena = SecretArena.Create();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void What_is_the_same_is_not_told()
    {
        using var change = Difference(Peer(First, Endpoint, "AllowedIPs = 10.0.0.0/8", "PersistentKeepalive = 5"), $"public_key={CannedDevices.Hex(1)}\nendpoint=192.0.2.1:51820\nallowed_ip=10.0.0.0/8\npersistent_keepalive_interval=5\n");
        Assert.Null(change);
    }

    [Fact]
    public void A_peer_that_roamed_is_left_where_it_is_until_the_file_names_another_place()
    {
        var running = $"public_key={CannedDevices.Hex(1)}\nendpoint=198.51.100.9:1\n";
        using var same = Difference(Peer(First, Endpoint), running, applied: Peer(First, Endpoint));
        Assert.Null(same);
        using var other = Difference(Peer(First, "Endpoint = 192.0.2.2:51820"), running, applied: Peer(First, Endpoint));
        Assert.Equal("192.0.2.2:51820", Assert.Single(other!.Peers).Endpoint.ToString());
    }

    [Fact]
    public void An_allowed_ip_that_two_peers_have_is_the_last_ones_and_told_once()
    {
        using var change = Difference(Peer(First, "AllowedIPs = 10.0.0.0/8") + Peer(Second, "AllowedIPs = 10.0.0.0/8"), $"public_key={CannedDevices.Hex(1)}\npublic_key={CannedDevices.Hex(2)}\nallowed_ip=10.0.0.0/8\n");
        Assert.Null(change);
    }

    [Fact]
    public void What_the_file_leaves_out_is_taken_away_and_comes_back_with_the_reverse()
    {
        var running = $"public_key={CannedDevices.Hex(1)}\npreshared_key={CannedDevices.Hex(7)}\nendpoint=192.0.2.1:51820\nallowed_ip=10.0.0.0/8\npersistent_keepalive_interval=5\n";
        using var device = Running(running);
        using var file = Parse(Peer(First));
        using var change = PeerDifference.ToFile(file.WgConfig.Change, null, device, _arena);
        var peer = Assert.Single(change!.Peers);
        Assert.True(peer.PresharedKey!.IsZero);
        Assert.Equal((ushort)0, peer.PersistentKeepalive);
        Assert.True(peer.ReplaceAllowedIps);
        Assert.Empty(peer.AllowedIps);
        using var back = PeerDifference.Reverse(change, device, _arena);
        var former = Assert.Single(back.Peers);
        Assert.Equal(CannedDevices.Hex(7), Convert.ToHexStringLower(former.PresharedKey!.Bytes));
        Assert.Equal("192.0.2.1:51820", former.Endpoint.ToString());
        Assert.Equal("10.0.0.0/8", Assert.Single(former.AllowedIps).Prefix.ToString());
    }

    [Fact]
    public void Peers_that_come_and_go_are_told_apart()
    {
        using var device = Running($"public_key={CannedDevices.Hex(1)}\n");
        using var file = Parse(Peer(Second));
        using var change = PeerDifference.ToFile(file.WgConfig.Change, null, device, _arena);
        Assert.Equal(Second, Assert.Single(change!.Peers).PublicKey.ToString());
        using var removal = PeerDifference.Removal(file.WgConfig.Change, device);
        Assert.Equal((First, true), (Assert.Single(removal!.Peers).PublicKey.ToString(), removal.Peers[0].Remove));
        using var back = PeerDifference.Reverse(change, device, _arena);
        Assert.True(Assert.Single(back.Peers).Remove);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void The_mark_of_default_routes_is_not_the_files(bool keepsMark, bool expected)
    {
        using var device = Running("");
        device.FirewallMark = 51820;
        using var file = Parse("");
        using var change = PeerDifference.Mark(file.WgConfig.Change, device, keepsMark);
        Assert.Equal(expected, change is not null);
    }

    private static string Peer(string key, params string[] lines) => $"[Peer]\nPublicKey = {key}\n{string.Join('\n', lines)}\n";

    private DeviceChange? Difference(string text, string running, string? applied = null)
    {
        using var device = Running(running);
        using var file = Parse(text);
        using var former = applied is null ? null : Parse(applied);
        return PeerDifference.ToFile(file.WgConfig.Change, former, device, _arena);
    }

    private TunnelFile Parse(string peers) => TunnelFileParser.Parse(Encoding.UTF8.GetBytes($"[Interface]\nPrivateKey = {CannedDevices.Base64(3)}\n{peers}"), _arena, "pd0.conf");

    /// <summary>What a daemon says, with the private key of the files.</summary>
    private RunningDevice Running(string peers)
    {
        var folder = Directory.CreateTempSubdirectory("pfsvpn-pd-").FullName;
        try
        {
            using var daemon = new FakeDaemon(folder, "pd0", $"private_key={CannedDevices.Hex(3)}\n{peers}");
            using var context = new CliContext { Output = new NoSink(), Error = TextWriter.Null, Environment = static _ => null, ControlDirectory = folder };
            var device = DeviceReader.Read(context, "pd0");
            // Its secrets are of an arena that ends here.
            device.PrivateKey = Moved(device.PrivateKey);
            foreach (var peer in device.Peers) peer.PresharedKey = Moved(peer.PresharedKey);
            return device;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private SecretKey? Moved(SecretKey? key)
    {
        if (key is null) return null;
        var copy = _arena.Allocate();
        copy.CopyFrom(key);
        key.Dispose();
        return copy;
    }

    private sealed class NoSink : PfsVpn.Cli.Output.IByteSink
    {
        public void Write(ReadOnlySpan<byte> bytes) => throw new InvalidOperationException("Nothing was to be printed.");
    }
}
