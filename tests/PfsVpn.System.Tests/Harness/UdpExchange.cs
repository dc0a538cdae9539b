using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Sends UDP datagrams to an echo in another namespace, and checks each that comes back.</summary>
public static class UdpExchange
{
    /// <summary>One datagram of each size goes there and must come back unchanged. Datagrams above the MTU travel as fragments.</summary>
    public static async Task RunAsync(NetworkNamespace from, NetworkNamespace to, IPAddress address, IEnumerable<int> sizes)
    {
        using var server = to.OpenUdp(address);
        using var client = from.OpenUdp(address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any);
        await client.ConnectAsync(server.LocalEndPoint!);
        var buffer = new byte[65536];
        var echo = new byte[65536];
        foreach (var size in sizes)
        {
            var payload = RandomNumberGenerator.GetBytes(size);
            using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            try
            {
                await client.SendAsync(payload, bound.Token);
                var request = await server.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(address, 0), bound.Token);
                await server.SendToAsync(buffer.AsMemory(0, request.ReceivedBytes), SocketFlags.None, request.RemoteEndPoint, bound.Token);
                var count = await client.ReceiveAsync(echo, bound.Token);
                if (!echo.AsSpan(0, count).SequenceEqual(payload)) throw new InvalidOperationException($"a UDP datagram of {size} bytes came back changed");
            }
            catch (OperationCanceledException e)
            {
                throw new TimeoutException($"a UDP datagram of {size} bytes to {address} did not come back within 5 s", e);
            }
        }
    }
}
