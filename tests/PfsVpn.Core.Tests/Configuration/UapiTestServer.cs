using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using PfsVpn.Crypto;
using PfsVpn.Runtime;

namespace PfsVpn.Tests.Configuration;

/// <summary>A control server over a fake device, in a directory of its own.</summary>
internal sealed class UapiTestServer : IDisposable
{
    private readonly bool _ownsDirectory;

    public UapiTestServer(UapiServerLimits? limits = null, string? directory = null, string name = "wg0")
    {
        _ownsDirectory = directory is null;
        Directory = directory ?? System.IO.Directory.CreateTempSubdirectory("uapi").FullName;
        SocketPath = $"{Directory}/{name}.sock";
        Server = ControlSocketServer.Listen(name, Device, Arena, Log, Directory, limits ?? new UapiServerLimits());
    }

    public SecretArena Arena { get; } = SecretArena.Create();

    public UapiFakeDevice Device { get; } = new();

    public UapiTestLog Log { get; } = new();

    public UapiServer Server { get; }

    public string Directory { get; }

    public string SocketPath { get; }

    /// <summary>What was in the directory when the server had ended.</summary>
    public string[] LeftOver { get; private set; } = [];

    public Socket Connect() => Connect(SocketPath);

    public static Socket Connect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }

    /// <summary>Sends a request on a new connection and reads the answer up to its blank line.</summary>
    public async Task<string> AskAsync(string request)
    {
        using var socket = Connect();
        return await AskAsync(socket, request);
    }

    public static async Task<string> AskAsync(Socket socket, string request)
    {
        await SendAsync(socket, request);
        return await ReadAnswerAsync(socket);
    }

    public static async Task SendAsync(Socket socket, string text)
    {
        ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(text);
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes)..];
    }

    /// <summary>Reads a short answer, byte by byte, up to its blank line or to the end of the connection.</summary>
    public static async Task<string> ReadAnswerAsync(Socket socket)
    {
        var answer = new StringBuilder();
        var one = new byte[1];
        var last = '\n';
        while (await socket.ReceiveAsync(one) > 0)
        {
            answer.Append((char)one[0]);
            if (one[0] == '\n' && last == '\n') break;
            last = (char)one[0];
        }
        return answer.ToString();
    }

    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer) is > 0 and var count) text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return text.ToString();
    }

    public void Dispose()
    {
        Server.Dispose();
        Device.Dispose();
        if (_ownsDirectory && System.IO.Directory.Exists(Directory))
        {
            LeftOver = System.IO.Directory.GetFileSystemEntries(Directory);
            System.IO.Directory.Delete(Directory, recursive: true);
        }
        Assert.Equal(0, Server.Pool.RentedBlocks);
        Assert.Equal(0, Arena.SlotsInUse);
        Arena.Dispose();
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class UapiTestLog : ILogger
{
    private readonly List<(EventId Id, string Text)> _entries = [];

    public string Text
    {
        get { lock (_entries) return string.Join('\n', _entries.Select(static entry => entry.Text)); }
    }

    public bool Has(int id)
    {
        lock (_entries) return _entries.Exists(entry => entry.Id.Id == id);
    }

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_entries) _entries.Add((eventId, formatter(state, exception)));
    }
}
