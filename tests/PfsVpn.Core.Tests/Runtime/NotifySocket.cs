using System.Net.Sockets;
using System.Text;

namespace PfsVpn.Tests.Runtime;

/// <summary>The service manager's end of sd_notify: a datagram socket with a path, or with an abstract name.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly string? _path;

    public NotifySocket(bool isAbstract = false)
    {
        var name = "daemon-notify-" + Guid.NewGuid().ToString("N");
        if (!isAbstract) _path = Path.Combine(Path.GetTempPath(), name);
        Address = _path ?? "@" + name;
        _socket.Bind(new UnixDomainSocketEndPoint(_path ?? "\0" + name));
        _socket.ReceiveTimeout = 30_000;
    }

    /// <summary>What NOTIFY_SOCKET says.</summary>
    public string Address { get; }

    /// <summary>Whether a message waits.</summary>
    public bool HasMessage => _socket.Available > 0;

    /// <summary>An environment with this socket and what else is given.</summary>
    public Func<string, string?> Environment(params (string Name, string Value)[] others) => name =>
        name == PfsVpn.Runtime.SystemdNotifier.SocketVariable ? Address : others.FirstOrDefault(other => other.Name == name).Value;

    /// <summary>The next message.</summary>
    public string Receive()
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer));
    }

    public void Dispose()
    {
        _socket.Dispose();
        if (_path is not null) File.Delete(_path);
    }
}
