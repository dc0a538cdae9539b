using System.Net.Sockets;
using System.Text;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Attend;

/// <summary>A socket where a service manager would listen.</summary>
internal sealed class ServiceManager : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public ServiceManager()
    {
        Path = TestRun.FilePath("notify");
        _socket.Bind(new UnixDomainSocketEndPoint(Path));
    }

    public string Path { get; }

    /// <summary>Starts `pfsvpn up --foreground` on the left host, with this as its service manager.</summary>
    public DaemonProcess Start(QuickTunnel tunnel)
    {
        tunnel.MayBeUp();
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["NOTIFY_SOCKET"] = Path, ["WATCHDOG_USEC"] = "1000000" };
        return new DaemonProcess(tunnel.Left.Start("unshare", tunnel.Command("up", "--foreground"), environment), "foreground", tunnel.Network.Journal);
    }

    /// <summary>Waits for a message that has this line; those before it are passed over.</summary>
    public async Task HeardAsync(string line)
    {
        using var limit = new CancellationTokenSource(Wait.Bound);
        var buffer = new byte[4096];
        while (true)
        {
            var length = await _socket.ReceiveAsync(buffer, limit.Token);
            if (Encoding.UTF8.GetString(buffer, 0, length).Split('\n').Contains(line, StringComparer.Ordinal)) return;
        }
    }

    public void Dispose() => _socket.Dispose();
}
