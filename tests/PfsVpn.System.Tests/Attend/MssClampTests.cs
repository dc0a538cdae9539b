using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Attend;

/// <summary>MssClamp at a host that forwards for a network behind it: the segments that the two ends of a connection agree on.</summary>
/// <remarks>
/// References: tcp(7), TCP_MAXSEG: of a connection, the largest segment that the other end has asked for and the way allows. Here the way allows more at both ends than any clamp, so that it is what
/// the other end's SYN said when it arrived.
/// </remarks>
public sealed class MssClampTests(ITestOutputHelper output)
{
    private const int TunnelMtu = 1300, LanMtu = 1500, V4Headers = 40, V6Headers = 60;
    private static readonly IPAddress ClientV4 = IPAddress.Parse("10.66.0.1"), ClientV6 = IPAddress.Parse("fd66::1"), ServerV4 = Tunnel.RightV4, ServerV6 = Tunnel.RightV6;

    [SystemFact]
    public async Task Forwarded_connections_have_segments_that_fit_into_the_tunnel_whoever_began_them()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        var client = await AddClientAsync(tunnel);
        Write(tunnel, "#! MssClamp = on");
        await tunnel.UpAsync();
        await tunnel.ReachAsync("10.77.0.2");
        await ExpectAsync(tunnel, client, TunnelMtu - V4Headers, TunnelMtu - V6Headers);
        // What counts is the MTU that the tunnel has now.
        await tunnel.Left.IpAsync($"link set {tunnel.Name} mtu 1280");
        await ExpectAsync(tunnel, client, 1280 - V4Headers, 1280 - V6Headers);
        await tunnel.DownAsync();
        Assert.Equal("", await tunnel.Left.RunAsync("nft", "list", "tables"));
    }

    [SystemFact]
    public async Task A_number_clamps_but_raises_nothing_and_reload_follows_the_file()
    {
        await using var tunnel = await QuickTunnel.CreateAsync(new TestNetwork(output));
        var client = await AddClientAsync(tunnel);
        Write(tunnel, "");
        await tunnel.UpAsync();
        await tunnel.ReachAsync("10.77.0.2");
        await ExpectAsync(tunnel, client, LanMtu - V4Headers, LanMtu - V6Headers);
        foreach (var (key, v4, v6) in ((string, int, int)[])[
            ("#! MssClamp = 1000", 1000, 1000), ("#! MssClamp = 8000", LanMtu - V4Headers, LanMtu - V6Headers),
            ("#! MssClamp = on", TunnelMtu - V4Headers, TunnelMtu - V6Headers), ("#! MssClamp = off", LanMtu - V4Headers, LanMtu - V6Headers)])
        {
            Write(tunnel, key);
            Shell.Checked(await tunnel.TryRunAsync("reload"));
            await ExpectAsync(tunnel, client, v4, v6);
        }
        Assert.Equal("", await tunnel.Left.RunAsync("nft", "list", "tables"));
    }

    /// <summary>A host behind the left one, whose way to the right one is the tunnel. The right end's interface takes packets that the tunnel would not.</summary>
    private static async Task<NetworkNamespace> AddClientAsync(QuickTunnel tunnel)
    {
        var client = await tunnel.Network.AddNamespaceAsync("client");
        await TestNetwork.ConnectAsync(client, tunnel.Left, "lan", LanMtu);
        await TestNetwork.AddAddressesAsync(client, "lan", $"{ClientV4}/24", $"{ClientV6}/64");
        await TestNetwork.AddAddressesAsync(tunnel.Left, "lan", "10.66.0.254/24", "fd66::fe/64");
        await client.IpAsync("route add default via 10.66.0.254");
        await client.IpAsync("route add default via fd66::fe");
        await tunnel.Left.SysctlAsync("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1");
        var right = tunnel.Right;
        var left = (await right.DumpAsync())[0].PublicKey;
        await right.SetAsync($"peer {left} allowed-ips 10.77.0.1/32,fd77::1/128,10.66.0.0/24,fd66::/64");
        await TestNetwork.AddAddressesAsync(right.Host, right.Interface, $"{ServerV6}/64");
        await right.Host.IpAsync($"link set {right.Interface} mtu 9000");
        await right.Host.IpAsync($"route add 10.66.0.0/24 dev {right.Interface}");
        await right.Host.IpAsync($"route add fd66::/64 dev {right.Interface}");
        // Each segment would lose twelve bytes to them.
        foreach (var host in (NetworkNamespace[])[client, right.Host]) await host.SysctlAsync("net.ipv4.tcp_timestamps=0");
        return client;
    }

    private static void Write(QuickTunnel tunnel, string key) =>
        tunnel.Write($"Address = 10.77.0.1/24, fd77::1/64\nMTU = {TunnelMtu}\n{key}", "Endpoint = 10.9.0.2:51822\nAllowedIPs = 10.77.0.2/32, fd77::2/128");

    /// <summary>Connections of both families, begun at either end, have segments of these bytes at both.</summary>
    private static async Task ExpectAsync(QuickTunnel tunnel, NetworkNamespace client, int v4, int v6)
    {
        var server = tunnel.Right.Host;
        Assert.Equal((v4, v4), await SegmentsAsync(client, server, ServerV4));
        Assert.Equal((v6, v6), await SegmentsAsync(client, server, ServerV6));
        Assert.Equal((v4, v4), await SegmentsAsync(server, client, ClientV4));
        Assert.Equal((v6, v6), await SegmentsAsync(server, client, ClientV6));
    }

    /// <summary>The bytes of a segment at the end that connects and at the end that accepts.</summary>
    private static async Task<(int Connecting, int Accepting)> SegmentsAsync(NetworkNamespace from, NetworkNamespace to, IPAddress address)
    {
        using var listener = to.Inside(() =>
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            socket.Listen();
            return socket;
        });
        using var connecting = from.Inside(() => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        using var bound = new CancellationTokenSource(Wait.Bound);
        await connecting.ConnectAsync(listener.LocalEndPoint!, bound.Token);
        using var accepting = await listener.AcceptAsync(bound.Token);
        return (SegmentOf(connecting), SegmentOf(accepting));
    }

    private static int SegmentOf(Socket connection)
    {
        const int TcpLevel = 6, MaximumSegment = 2;
        var value = new byte[sizeof(int)];
        connection.GetRawSocketOption(TcpLevel, MaximumSegment, value);
        return BinaryPrimitives.ReadInt32LittleEndian(value);
    }
}
