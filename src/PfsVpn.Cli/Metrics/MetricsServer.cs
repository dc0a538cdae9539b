using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace PfsVpn.Cli.Metrics;

/// <summary>A web server for one page, <c>GET /metrics</c>, that nobody can make grow.</summary>
/// <remarks>
/// Limits: <see cref="MostConnections"/> at once, of which the oldest that has not asked yet makes room for a new one; 8 KiB for the head of a request, 5 s until it is there, 10 s for a
/// reader that takes nothing of its answer. A connection has one request. References: RFC 9112. Threading: any thread; one instance serves until it is cancelled.
/// </remarks>
internal sealed class MetricsServer(Socket listener, bool isLocal, Func<bool, Task<byte[]>> page) : IDisposable
{
    /// <summary>Connections at the same time.</summary>
    public const int MostConnections = 16;

    /// <summary>The longest head of a request.</summary>
    public const int LongestHeadInBytes = 8 * 1024;

    private readonly Lock _gate = new();
    private readonly LinkedList<Connection> _connections = [];
    private readonly SemaphoreSlim _room = new(MostConnections);

    /// <summary>How long a request may take to arrive.</summary>
    public TimeSpan RequestPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a reader may take nothing of its answer.</summary>
    public TimeSpan AnswerPatience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Serves until <paramref name="end"/>, and closes all connections then. The listener stays the caller's.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await AcceptAsync(end).ConfigureAwait(false);
                await MakeRoomAsync(socket, end).ConfigureAwait(false);
                running.RemoveAll(static task => task.IsCompleted);
                running.Add(ServeAsync(socket, end));
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            await Task.WhenAll(running).ConfigureAwait(false);
        }
    }

    /// <summary>Frees what counts connections; after <see cref="RunAsync"/> has ended.</summary>
    public void Dispose() => _room.Dispose();

    /// <summary>Accepts. Where descriptors or memory have run out it waits a moment rather than ending.</summary>
    private async Task<Socket> AcceptAsync(CancellationToken end)
    {
        while (true)
        {
            try
            {
                return await listener.AcceptAsync(end).ConfigureAwait(false);
            }
            catch (SocketException)
            {
                await Task.Delay(100, end).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken end)
    {
        using var connection = new Connection(socket, end);
        lock (_gate) _connections.AddLast(connection);
        try
        {
            await ConverseAsync(connection).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Too slow, too many, or the other end went away.
        }
        finally
        {
            lock (_gate) _connections.Remove(connection);
            socket.Dispose();
            _room.Release();
        }
    }

    private async Task ConverseAsync(Connection connection)
    {
        connection.Limit.CancelAfter(RequestPatience);
        var request = await ReadAsync(connection).ConfigureAwait(false);
        if (request is null) return;
        connection.HasAsked = true;
        connection.Limit.CancelAfter(Timeout.InfiniteTimeSpan);
        var body = request.Status == 200 ? await page(request.WantsOpenMetrics).ConfigureAwait(false) : Encoding.ASCII.GetBytes(Words(request.Status) + "\n");
        await SendAsync(connection, Head(request, body.Length)).ConfigureAwait(false);
        if (!request.IsHead) await SendAsync(connection, body).ConfigureAwait(false);
        connection.Socket.Shutdown(SocketShutdown.Send);
        // What is still on its way in would turn the close into a reset, which can take the answer away from its reader.
        connection.Limit.CancelAfter(RequestPatience);
        var rest = new byte[256];
        for (var left = LongestHeadInBytes; left > 0;)
        {
            var count = await connection.Socket.ReceiveAsync(rest, connection.Limit.Token).ConfigureAwait(false);
            if (count == 0) return;
            left -= count;
        }
    }

    /// <summary>Reads a head. Null where the other end closed before it was whole.</summary>
    private async Task<HttpRequest?> ReadAsync(Connection connection)
    {
        var buffer = new byte[LongestHeadInBytes];
        for (var length = 0; length < buffer.Length;)
        {
            var count = await connection.Socket.ReceiveAsync(buffer.AsMemory(length), connection.Limit.Token).ConfigureAwait(false);
            if (count == 0) return null;
            length += count;
            var end = EndOfHead(buffer.AsSpan(0, length));
            if (end > 0) return HttpRequest.Parse(buffer.AsSpan(0, end), isLocal);
        }
        return new HttpRequest(431);
    }

    /// <summary>The length of the head with its empty line, 0 while it is not whole. Bare line feeds end lines, too.</summary>
    private static int EndOfHead(ReadOnlySpan<byte> bytes)
    {
        var (strict, bare) = (bytes.IndexOf("\r\n\r\n"u8), bytes.IndexOf("\n\n"u8));
        if (strict >= 0 && (bare < 0 || strict < bare)) return strict + 4;
        return bare >= 0 ? bare + 2 : 0;
    }

    private async Task SendAsync(Connection connection, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            connection.Limit.CancelAfter(AnswerPatience);
            var sent = await connection.Socket.SendAsync(bytes[..Math.Min(bytes.Length, 64 * 1024)], connection.Limit.Token).ConfigureAwait(false);
            bytes = bytes[sent..];
        }
    }

    /// <summary>Makes room for a new connection: of those that have not asked yet the oldest, else the oldest of all, is cut off.</summary>
    private async Task MakeRoomAsync(Socket socket, CancellationToken end)
    {
        if (_room.Wait(0, CancellationToken.None)) return;
        lock (_gate) (_connections.FirstOrDefault(static one => !one.HasAsked) ?? _connections.First?.Value)?.Limit.Cancel();
        try
        {
            await _room.WaitAsync(end).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            socket.Dispose();
            throw;
        }
    }

    private static byte[] Head(HttpRequest request, int length)
    {
        var type = request.Status != 200 ? "text/plain; charset=utf-8"
            : request.WantsOpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8" : "text/plain; version=0.0.4; charset=utf-8";
        var allow = request.Status == 405 ? "Allow: GET, HEAD\r\n" : "";
        return Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"HTTP/1.1 {request.Status} {Words(request.Status)}\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n{allow}Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"));
    }

    private static string Words(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        421 => "Misdirected Request",
        431 => "Request Header Fields Too Large",
        _ => "HTTP Version Not Supported",
    };

    /// <summary>One connection, and what ends it.</summary>
    private sealed class Connection(Socket socket, CancellationToken end) : IDisposable
    {
        public Socket Socket { get; } = socket;

        public CancellationTokenSource Limit { get; } = CancellationTokenSource.CreateLinkedTokenSource(end);

        /// <summary>Whether the request is there: from then on the answer is our part.</summary>
        public bool HasAsked { get; set; }

        public void Dispose() => Limit.Dispose();
    }
}
