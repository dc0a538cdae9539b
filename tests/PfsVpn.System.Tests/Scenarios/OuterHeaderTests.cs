using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using PfsVpn.SystemTests.Harness;
using Xunit.Abstractions;

namespace PfsVpn.SystemTests.Scenarios;

/// <summary>What the outer IPv4 header carries: AF41 on handshakes, the inner ECN on data and no inner DSCP, DF clear. And what comes in it: an outer CE.</summary>
public sealed class OuterHeaderTests(ITestOutputHelper output)
{
    private const byte Af41 = 0x88;
    private const byte Ect0 = 2;
    private const byte Ce = 3;

    [SystemTheory, MemberData(nameof(Pairs.LeftIsTested), MemberType = typeof(Pairs))]
    public async Task Handshakes_carry_af41_and_data_carries_the_inner_ecn_without_its_dscp(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        using var outer = new OuterPackets(tunnel.Right.Host);
        await tunnel.ConnectAsync();
        var initiation = await outer.NextAsync("an initiation", packet => packet.Type == 1);
        await SendAsync(tunnel, Af41 | Ect0);
        if (left != Implementation.PfsVpn) return;
        var marked = await outer.NextAsync("data of an ECN-capable packet", packet => packet.Type == 4 && (packet.Tos & 3) == Ect0);
        Assert.Equal(Af41, initiation.Tos);
        Assert.Equal(Ect0, marked.Tos);
        // RFC 3168, full functionality: an inner CE goes out as ECT(0), so that a router on the way can mark it.
        await SendAsync(tunnel, Ce);
        await Wait.UntilAsync("data of a CE-marked packet", () => outer.Count(packet => packet.Type == 4 && packet.Tos == Ect0) >= 2);
        Assert.False(initiation.DontFragment || marked.DontFragment, "the outer DF bit is set");
    }

    [SystemTheory, MemberData(nameof(Pairs.All), MemberType = typeof(Pairs))]
    public async Task An_outer_congestion_mark_arrives_inside(Implementation left, Implementation right)
    {
        await using var network = new TestNetwork(output);
        var tunnel = await Tunnel.CreateAsync(network, left, right);
        await tunnel.ConnectAsync();
        // A router on the way marks every packet: wireguard-go does not say outside that a packet is ECN-capable.
        await tunnel.Right.Host.NftAsync($$"""
            table ip router {
              chain congested { type filter hook prerouting priority -300; udp dport {{Tunnel.RightPort}} ip ecn set ce; }
            }
            """);
        using var inner = new OuterPackets(tunnel.Right.Interior);
        await SendAsync(tunnel, Ect0);
        var arrived = await inner.NextAsync("the packet inside the tunnel", packet => packet.Source.Equals(Tunnel.LeftV4));
        if (right == Implementation.PfsVpn) Assert.Equal(Ce, arrived.Tos & 3);
    }

    private static async Task SendAsync(Tunnel tunnel, int tos)
    {
        using var socket = tunnel.Left.Interior.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        const int ipTos = 1;
        socket.SetRawSocketOption(0, ipTos, [(byte)tos, 0, 0, 0]);
        await socket.SendToAsync(new byte[100], new IPEndPoint(Tunnel.RightV4, 9));
    }

    /// <summary>A copy of every UDP packet over IPv4 that arrives in a namespace.</summary>
    private sealed class OuterPackets : IDisposable
    {
        private readonly ConcurrentQueue<Packet> _packets = new();
        private readonly Socket _socket;

        public OuterPackets(NetworkNamespace host)
        {
            _socket = host.Inside(() => new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Udp));
            _ = ReceiveAsync();
        }

        public int Count(Func<Packet, bool> condition) => _packets.Count(condition);

        public async Task<Packet> NextAsync(string what, Func<Packet, bool> condition)
        {
            await Wait.UntilAsync(what, () => _packets.Any(condition));
            return _packets.First(condition);
        }

        public void Dispose() => _socket.Dispose();

        private async Task ReceiveAsync()
        {
            var buffer = new byte[65536];
            try
            {
                while (true)
                {
                    var count = await _socket.ReceiveAsync(buffer);
                    if (count > 28) _packets.Enqueue(new Packet(new IPAddress(buffer.AsSpan(12, 4)), buffer[1], (buffer[6] & 0x40) != 0, buffer[28]));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test has ended.
            }
        }
    }

    private readonly record struct Packet(IPAddress Source, byte Tos, bool DontFragment, byte Type);
}
