using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>Packets that nobody can deliver: without a peer, or with a header that lies.</summary>
public sealed class InnerPacketTests(ITestOutputHelper output)
{
    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task A_packet_without_a_peer_is_answered_with_unreachable_at_once(Implementation left, Implementation right)
    {
        if (left != Implementation.PfsVpn) return;
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        foreach (var target in new[] { "10.77.0.99", "fd77::99" })
        {
            var address = IPAddress.Parse(target);
            using var socket = tunnel.Left.Interior.Inside(() => new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
            // Without this option Linux keeps an unreachable host from UDP sockets, since it may pass.
            var isV4 = address.AddressFamily == AddressFamily.InterNetwork;
            const int solIp = 0, ipReceiveErrors = 11, solIpv6 = 41, ipv6ReceiveErrors = 25;
            socket.SetRawSocketOption(isV4 ? solIp : solIpv6, isV4 ? ipReceiveErrors : ipv6ReceiveErrors, [1, 0, 0, 0]);
            await socket.ConnectAsync(new IPEndPoint(address, 9));
            using var bound = new CancellationTokenSource(Wait.Bound);
            await socket.SendAsync(new byte[] { 1 });
            var failure = await Record.ExceptionAsync(async () => await socket.ReceiveAsync(new byte[16], bound.Token));
            Assert.True(failure is SocketException { SocketErrorCode: SocketError.HostUnreachable }, $"a packet to {target} was answered with: {failure?.Message}");
        }
        Assert.True(await DropCounts.OfAsync(tunnel.Left, "NoPeer") >= 2, "packets without a peer are not in the drop counts");
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task Inner_headers_that_lie_about_their_length_do_not_pass(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        var before = await tunnel.Right.Interior.StatisticAsync(tunnel.Right.Interface, "rx", "packets");
        using var raw = tunnel.Left.Interior.Inside(() => RawPacketSocket.Open(tunnel.Left.Interface));
        // Padding is cut off by the header's length: one too large names bytes that are not there, one below 20 not even the header.
        foreach (var length in new ushort[] { 1000, 65_535, 19, 0 }) raw.Send(PacketTo(Tunnel.RightV4, length));
        raw.Send([0x55, 1, 2, 3]);
        raw.Send([0x45, 0, 0, 4]);
        raw.Send([0]);
        using var ping = Pinger.Open(tunnel.Left.Interior, Tunnel.RightV4);
        await ping.PingAsync();
        // The ping's request alone arrived.
        if (right == Implementation.PfsVpn) Assert.Equal(before + 1, await tunnel.Right.Interior.StatisticAsync(tunnel.Right.Interface, "rx", "packets"));
        tunnel.Left.Daemon.DemandRunning();
        tunnel.Right.Daemon.DemandRunning();
    }

    private static byte[] PacketTo(IPAddress target, ushort length)
    {
        var packet = new byte[60];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), length);
        packet[8] = 64;
        packet[9] = 17;
        Tunnel.LeftV4.TryWriteBytes(packet.AsSpan(12), out _);
        target.TryWriteBytes(packet.AsSpan(16), out _);
        return packet;
    }
}
