using System.Net.Sockets;

namespace PfsVpn.Cli.Metrics;

/// <summary>The socket that the server listens on. Ownership: whoever opened it disposes it; the file of a unix socket goes with it.</summary>
internal sealed class MetricsListener : IDisposable
{
    private const int Backlog = 16;

    /// <summary>Leaves read and write for the owner alone.</summary>
    private const uint Private = 0x180; // 0600

    private readonly string? _path;

    private MetricsListener(Socket socket, string? path)
    {
        Socket = socket;
        _path = path;
    }

    public Socket Socket { get; }

    /// <summary>Opens it.</summary>
    /// <exception cref="CliException">The address is taken, or not this host's, or the path is another file's.</exception>
    public static MetricsListener Open(ListenAddress address)
    {
        var socket = address.EndPoint is { } endPoint
            ? new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
            : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (address.Path is { } path) BindTo(socket, path);
            else socket.Bind(address.EndPoint!);
            socket.Listen(Backlog);
            return new MetricsListener(socket, address.Path);
        }
        catch (SocketException refused)
        {
            socket.Dispose();
            throw new CliException($"Unable to listen on {address}: {Words(refused)}");
        }
        catch (CliException)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        Socket.Dispose();
        if (_path is not null) Remove(_path);
    }

    /// <summary>Nobody can connect before the mode is set: a socket that is bound and does not listen yet refuses.</summary>
    private static void BindTo(Socket socket, string path)
    {
        RemoveStale(path);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        var errno = NativeFile.SetMode(path, Private);
        if (errno != 0) throw new CliException($"Unable to make {path} private: {NativeFile.Describe(errno)}");
    }

    /// <summary>Removes the socket of a program that is gone, and nothing else.</summary>
    private static void RemoveStale(string path)
    {
        const int S_IFMT = 0xF000, S_IFSOCK = 0xC000;
        var mode = NativeFile.ModeOf(path);
        if (mode == -NativeFile.ENOENT) return;
        if (mode >= 0 && (mode & S_IFMT) != S_IFSOCK) throw new CliException($"Unable to listen on unix:{path}: there is a file that is no socket");
        var connection = NativeSocket.Connect(path);
        if (connection >= 0)
        {
            NativeFile.Close(connection);
            throw new CliException($"Unable to listen on unix:{path}: another program serves it already");
        }
        if (connection == -NativeFile.ECONNREFUSED) Remove(path);
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            // The next one finds out.
        }
    }

    private static string Words(SocketException refused) => refused.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => "another program listens there; choose another address or port",
        SocketError.AddressNotAvailable => "this host has no such address",
        SocketError.AccessDenied => "not allowed; ports below 1024 and folders of others need their rights",
        _ => refused.Message,
    };
}
