// Two tunnels of one process talk through loopback UDP, and a packet of the application goes from one to the other. No interface, no root.
using System.Net;
using System.Text;
using PfsVpn.Hosting;

using var leftKey = TunnelKey.Generate();
using var rightKey = TunnelKey.Generate();
using var leftPackets = new PacketChannel();
using var rightPackets = new PacketChannel();

await using var right = await Tunnel.OpenAsync(new TunnelOptions
{
    PrivateKey = rightKey,
    Packets = rightPackets,
    Peers = { new() { PublicKey = leftKey.PublicKey, AllowedIps = [IPNetwork.Parse("10.9.0.1/32")] } },
});
var port = (await right.GetStatusAsync()).ListenPort;
await using var left = await Tunnel.OpenAsync(new TunnelOptions
{
    PrivateKey = leftKey,
    Packets = leftPackets,
    Peers = { new() { PublicKey = rightKey.PublicKey, Endpoint = new IPEndPoint(IPAddress.Loopback, port), AllowedIps = [IPNetwork.Parse("10.9.0.2/32")] } },
});

// The first packet starts the handshake, and waits for it.
await leftPackets.WriteAsync(Ipv4.Packet("10.9.0.1", "10.9.0.2", "Hello through the tunnel"u8));
var buffer = new byte[rightPackets.Mtu];
using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
var length = await rightPackets.ReadAsync(buffer, limit.Token);
Console.WriteLine(Encoding.UTF8.GetString(Ipv4.Payload(buffer.AsSpan(0, length))));
foreach (var peer in (await left.GetStatusAsync()).Peers)
    Console.WriteLine($"peer {peer.PublicKey.ToShortString()} at {peer.Endpoint}: {peer.SentBytes} bytes sent, {peer.ReceivedBytes} received");
