using System.Buffers.Binary;
using System.Net;
using PfsVpn.Hosting;

namespace PfsVpn.Tests.Hosting;

/// <summary>Two tunnels of one process that know each other, over loopback: 10.9.0.1 on the left, 10.9.0.2 on the right.</summary>
internal sealed class TunnelPair : IAsyncDisposable
{
    private TunnelPair(Tunnel left, PacketChannel leftPackets, Tunnel right, PacketChannel rightPackets)
    {
        Left = left;
        LeftPackets = leftPackets;
        Right = right;
        RightPackets = rightPackets;
    }

    public Tunnel Left { get; }

    public PacketChannel LeftPackets { get; }

    public Tunnel Right { get; }

    public PacketChannel RightPackets { get; }

    public static async Task<TunnelPair> OpenAsync(TunnelKey? preshared = null)
    {
        using var leftKey = TunnelKey.Generate();
        using var rightKey = TunnelKey.Generate();
        var (leftPackets, rightPackets) = (new PacketChannel(), new PacketChannel());
        var right = await Tunnel.OpenAsync(new TunnelOptions
        {
            PrivateKey = rightKey,
            Packets = rightPackets,
            Peers = { new() { PublicKey = leftKey.PublicKey, PresharedKey = preshared, AllowedIps = [IPNetwork.Parse("10.9.0.1/32")] } },
        });
        var port = (await right.GetStatusAsync()).ListenPort;
        var left = await Tunnel.OpenAsync(new TunnelOptions
        {
            PrivateKey = leftKey,
            Packets = leftPackets,
            Peers = { new() { PublicKey = right.PublicKey, PresharedKey = preshared, Endpoint = new IPEndPoint(IPAddress.Loopback, port), AllowedIps = [IPNetwork.Parse("10.9.0.2/32")] } },
        });
        return new TunnelPair(left, leftPackets, right, rightPackets);
    }

    /// <summary>An IPv4 packet of protocol 253 (for experiments) from 10.9.0.<paramref name="from"/> to 10.9.0.<paramref name="to"/>.</summary>
    public static byte[] Packet(byte from, byte to, ReadOnlySpan<byte> text)
    {
        var packet = new byte[20 + text.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 253;
        ((ReadOnlySpan<byte>)[10, 9, 0, from, 10, 9, 0, to]).CopyTo(packet.AsSpan(12));
        text.CopyTo(packet.AsSpan(20));
        return packet;
    }

    public async ValueTask DisposeAsync()
    {
        await Left.DisposeAsync();
        await Right.DisposeAsync();
    }
}
