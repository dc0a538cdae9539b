using System.Net;
using System.Text;
using PfsVpn.Crypto;
using PfsVpn.Hosting;

namespace PfsVpn.Tests.Hosting;

public sealed class TunnelTests
{
    private const string Key = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=", OtherKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_packet_goes_from_one_application_to_the_other_and_back()
    {
        using var preshared = TunnelKey.GeneratePreshared();
        await using var pair = await TunnelPair.OpenAsync(preshared);
        var buffer = new byte[PacketChannel.DefaultMtu];
        var packet = TunnelPair.Packet(1, 2, "hello"u8);
        Assert.True(await pair.LeftPackets.WriteAsync(packet));
        var length = await pair.RightPackets.ReadAsync(buffer).AsTask().WaitAsync(Limit);
        Assert.Equal(packet, buffer[..length]);
        var answer = TunnelPair.Packet(2, 1, "and back"u8);
        Assert.True(await pair.RightPackets.WriteAsync(answer));
        length = await pair.LeftPackets.ReadAsync(buffer).AsTask().WaitAsync(Limit);
        Assert.Equal(answer, buffer[..length]);

        var status = await pair.Left.GetStatusAsync();
        var peer = Assert.Single(status.Peers);
        Assert.Equal(pair.Right.PublicKey, peer.PublicKey);
        Assert.Equal([IPNetwork.Parse("10.9.0.2/32")], peer.AllowedIps);
        Assert.NotNull(peer.LastHandshake);
        Assert.NotNull(peer.Endpoint);
        Assert.True(peer.SentBytes > 0 && peer.ReceivedBytes > 0);
    }

    [Fact]
    public async Task A_packet_for_nobody_is_answered_with_an_unreachable()
    {
        await using var pair = await TunnelPair.OpenAsync();
        Assert.True(pair.LeftPackets.TryWrite(TunnelPair.Packet(1, 77, "nobody"u8)));
        var buffer = new byte[PacketChannel.DefaultMtu];
        var length = await pair.LeftPackets.ReadAsync(buffer).AsTask().WaitAsync(Limit);
        Assert.True(length > 28);
        Assert.Equal(1, buffer[9]); // ICMP
        Assert.Equal(3, buffer[20]); // destination unreachable
    }

    [Fact]
    public async Task The_end_closes_the_channel_and_completes_the_tunnel()
    {
        var pair = await TunnelPair.OpenAsync();
        var reading = pair.LeftPackets.ReadAsync(new byte[PacketChannel.DefaultMtu]).AsTask();
        await pair.DisposeAsync();
        Assert.Equal(0, await reading.WaitAsync(Limit));
        await pair.Left.Completion.WaitAsync(Limit);
        await Assert.ThrowsAsync<ObjectDisposedException>(pair.Left.GetStatusAsync);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => pair.Left.RemovePeerAsync(pair.Right.PublicKey));
        pair.Left.Dispose();
    }

    [Fact]
    public async Task A_channel_that_the_application_disposes_ends_the_tunnel_with_an_error()
    {
        await using var pair = await TunnelPair.OpenAsync();
        pair.LeftPackets.Dispose();
        await Assert.ThrowsAsync<TunnelException>(() => pair.Left.Completion.WaitAsync(Limit));
    }

    [Fact]
    public async Task Peers_come_and_go()
    {
        await using var pair = await TunnelPair.OpenAsync();
        using var other = TunnelKey.Generate();
        await pair.Left.SetPeerAsync(new TunnelPeerOptions { PublicKey = other.PublicKey, AllowedIps = [IPNetwork.Parse("fd00::/64")], PersistentKeepalive = TimeSpan.FromSeconds(25), Name = "laptop" });
        Assert.Equal([pair.Right.PublicKey, other.PublicKey], (await pair.Left.GetStatusAsync()).Peers.Select(peer => peer.PublicKey));
        Assert.Equal([null, "laptop"], (await pair.Left.GetStatusAsync()).Peers.Select(peer => peer.Name));
        await pair.Left.RemovePeerAsync(pair.Right.PublicKey);
        Assert.Equal([other.PublicKey], (await pair.Left.GetStatusAsync()).Peers.Select(peer => peer.PublicKey));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_an_error_and_leaves_nothing_behind()
    {
        await using var pair = await TunnelPair.OpenAsync();
        var port = (await pair.Left.GetStatusAsync()).ListenPort;
        using var options = new TunnelOptions { PrivateKey = TunnelKey.Generate(), Packets = new PacketChannel(), ListenPort = port };
        var error = await Assert.ThrowsAsync<TunnelException>(() => Tunnel.OpenAsync(options));
        Assert.Contains(port.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.True(options.Packets.IsClosed);
    }

    [Fact]
    public async Task Options_that_cannot_be_are_refused_before_anything_is_opened()
    {
        using var key = TunnelKey.Generate();
        await Refused(new TunnelOptions { Packets = new PacketChannel() }, "private key");
        await Refused(new TunnelOptions { PrivateKey = key }, "either a channel or an interface");
        await Refused(new TunnelOptions { PrivateKey = key, Packets = new PacketChannel(), InterfaceName = "x" }, "either a channel or an interface");
        await Refused(new TunnelOptions { PrivateKey = key, Packets = new PacketChannel(), ListenPort = 65_536 }, "ListenPort");
        await Refused(new TunnelOptions { PrivateKey = key, Packets = new PacketChannel(), RekeyAfterTime = TimeSpan.FromSeconds(9) }, "10 to 120");
        await Refused(new TunnelOptions { PrivateKey = key, Packets = new PacketChannel(), BindDevice = "far too long for a name" }, "BindDevice");
        await Refused(new TunnelOptions { PrivateKey = key, Packets = new PacketChannel(), BindAddresses = { IPAddress.Loopback, IPAddress.Any } }, "BindAddresses");
        await Refused(new TunnelOptions { PrivateKey = key, Packets = new PacketChannel(), Peers = { new() { PublicKey = key.PublicKey, Name = "two\nlines" } } }, "name of a peer");
        await Refused(new TunnelOptions { PrivateKey = key, Packets = new PacketChannel(), RekeyAfterBytes = 1 }, "1048576");
        await Refused(new TunnelOptions { PrivateKey = key, Packets = new PacketChannel(), Peers = { new() { PublicKey = key.PublicKey, Endpoint = new DnsEndPoint("name.invalid", 1) } } }, "name.invalid");

        static async Task Refused(TunnelOptions options, string why)
        {
            var error = await Assert.ThrowsAsync<TunnelException>(() => Tunnel.OpenAsync(options));
            Assert.Contains(why, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_configuration_is_read_whole()
    {
        using var options = TunnelOptions.FromText(Encoding.UTF8.GetBytes($"""
            [Interface]
            PrivateKey = {Key}
            Address = 10.0.0.2/24
            ListenPort = 51820
            MTU = 1380
            #! RekeyAfterTime = 30
            #! BindDevice = eth0
            #! BindAddress = 192.0.2.1
            [Peer]
            PublicKey = {OtherKey}
            PresharedKey = {Key}
            AllowedIPs = 10.0.0.0/24, fd00::/64
            Endpoint = vpn.example.org:51820
            PersistentKeepalive = 25
            #! Name = the gateway
            [Peer]
            PublicKey = {Key}
            Endpoint = [2001:db8::1]:1
            """));
        Assert.Equal(51820, options.ListenPort);
        Assert.Equal(1380, options.InterfaceMtu);
        Assert.Equal(["10.0.0.2/24"], options.Addresses);
        Assert.Equal(TimeSpan.FromSeconds(30), options.RekeyAfterTime);
        Assert.Equal("eth0", options.BindDevice);
        Assert.Equal([IPAddress.Parse("192.0.2.1")], options.BindAddresses);
        using var key = TunnelKey.FromBase64(Encoding.ASCII.GetBytes(Key));
        Assert.True(SecretKey.FixedTimeEquals(key.Secret, options.PrivateKey!.Secret));
        var peer = options.Peers[0];
        Assert.Equal("the gateway", peer.Name);
        Assert.Equal(OtherKey, peer.PublicKey.ToString());
        Assert.True(SecretKey.FixedTimeEquals(key.Secret, peer.PresharedKey!.Secret));
        Assert.Equal([IPNetwork.Parse("10.0.0.0/24"), IPNetwork.Parse("fd00::/64")], peer.AllowedIps);
        Assert.Equal(new DnsEndPoint("vpn.example.org", 51820), peer.Endpoint);
        Assert.Equal(TimeSpan.FromSeconds(25), peer.PersistentKeepalive);
        Assert.Equal(new IPEndPoint(IPAddress.Parse("2001:db8::1"), 1), options.Peers[1].Endpoint);
    }

    [Theory]
    [InlineData("[Interface]\nPrivatKey = x\n", "test:2")]
    [InlineData("[Interface]\n#! KillSwitch = on\n", "KillSwitch")]
    [InlineData("[Interface]\n#! PrivateKeyFile = key\n", "PrivateKeyFile")]
    [InlineData("[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\n#! ExcludedIPs = 10.0.0.0/8\n", "ExcludedIPs")]
    [InlineData("[Interface]\n#! OnConnect = true\n", "OnConnect")]
    public void A_configuration_that_cannot_be_carried_out_is_refused(string text, string why)
    {
        var error = Assert.Throws<TunnelException>(() => TunnelOptions.FromText(Encoding.UTF8.GetBytes(text), "test"));
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_read_and_one_that_is_not_there_is_an_error()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, $"[Interface]\nPrivateKey = {Key}\n");
            using var options = TunnelOptions.FromFile(path);
            using var key = TunnelKey.FromBase64(Encoding.ASCII.GetBytes(Key));
            Assert.Equal(key.PublicKey, options.PrivateKey!.PublicKey);
        }
        finally
        {
            File.Delete(path);
        }
        Assert.Contains(path, Assert.Throws<TunnelException>(() => TunnelOptions.FromFile(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_say_nothing_and_are_erased()
    {
        var key = TunnelKey.FromBytes(new byte[TunnelKey.SizeInBytes]);
        Assert.Equal("(secret)", key.ToString());
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.PublicKey);
        Assert.Throws<ArgumentException>(() => TunnelKey.FromBytes(new byte[31]));
        Assert.Throws<FormatException>(() => TunnelKey.FromBase64("no key"u8));
    }
}
