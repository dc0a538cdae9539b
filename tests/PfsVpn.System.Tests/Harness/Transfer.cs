using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Sends bytes over TCP between two namespaces and compares their SHA-256.</summary>
public static class Transfer
{
    private const int BlockSize = 256 * 1024;
    private static readonly byte[] Noise = RandomNumberGenerator.GetBytes(BlockSize + 4096);

    /// <summary>Bytes each way of the large transfer: PFSVPN_TEST_TRANSFER_MB, else 1024 MB.</summary>
    public static long LargeSize { get; } = 1024L * 1024 *
        (int.TryParse(Environment.GetEnvironmentVariable("PFSVPN_TEST_TRANSFER_MB"), CultureInfo.InvariantCulture, out var megabytes) ? megabytes : 1024);

    /// <summary>One connection, <paramref name="size"/> bytes from <paramref name="from"/> to <paramref name="to"/>. Returns the time from first to last byte.</summary>
    public static async Task<TimeSpan> RunAsync(NetworkNamespace from, NetworkNamespace to, IPAddress address, long size)
    {
        using var listener = to.Inside(() =>
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            socket.Listen();
            return socket;
        });
        using var client = from.Inside(() => new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(30 + (size / 4_000_000)));
        try
        {
            await client.ConnectAsync(listener.LocalEndPoint!, bound.Token);
            using var server = await listener.AcceptAsync(bound.Token);
            var watch = Stopwatch.StartNew();
            var sending = Task.Run(() => SendAsync(client, size, bound.Token));
            var receiving = Task.Run(() => ReceiveAsync(server, bound.Token));
            var (received, receivedHash) = await receiving;
            var sentHash = await sending;
            if (received != size) throw new InvalidOperationException($"{received} of {size} bytes arrived at {address}");
            if (!sentHash.AsSpan().SequenceEqual(receivedHash)) throw new InvalidOperationException($"{size} bytes arrived at {address}, but not those that were sent: the SHA-256 differs");
            return watch.Elapsed;
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"a transfer of {size} bytes to {address} did not end", e);
        }
    }

    private static async Task<byte[]> SendAsync(Socket socket, long size, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long sent = 0; sent < size;)
        {
            // Each block starts elsewhere in the noise, so that a block repeated or exchanged is seen.
            var block = Noise.AsMemory((int)(sent / BlockSize * 7 % 4096), (int)Math.Min(BlockSize, size - sent));
            hash.AppendData(block.Span);
            for (var rest = block; !rest.IsEmpty;) rest = rest[await socket.SendAsync(rest, cancellation)..];
            sent += block.Length;
        }
        socket.Shutdown(SocketShutdown.Send);
        return hash.GetHashAndReset();
    }

    private static async Task<(long Size, byte[] Hash)> ReceiveAsync(Socket socket, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BlockSize];
        for (long received = 0; ;)
        {
            var count = await socket.ReceiveAsync(buffer, cancellation);
            if (count == 0) return (received, hash.GetHashAndReset());
            hash.AppendData(buffer.AsSpan(0, count));
            received += count;
        }
    }
}
