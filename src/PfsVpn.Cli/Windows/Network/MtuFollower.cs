using PfsVpn.Cli.Attend;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>Keeps the MTU of a tunnel that is up at what the routes to its endpoints allow, where the file says none.</summary>
/// <param name="network">The rows.</param>
/// <param name="tunnel">The tunnel.</param>
/// <param name="log">Takes lines.</param>
/// <remarks>
/// It looks when <see cref="Hear"/> was called, when an endpoint has changed, and every 15 seconds. What a router on the way says is known to Windows alone: the daemon's packets
/// are not told it. Threading: <see cref="Hear"/> from any thread, all else from one.
/// </remarks>
internal sealed class MtuFollower(INetworkSystem network, string tunnel, Action<string> log) : IMtuFollower
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private readonly AdapterSettings _settings = new(network);
    private HashSet<IpAddress> _endpoints = [];
    private MonotonicTime _next;
    private volatile bool _changed;
    private int _known;

    /// <summary>Something changed: interfaces, routes or addresses.</summary>
    public void Hear() => _changed = true;

    /// <summary>Looks, where it is time to, and sets the MTU where it is another one now.</summary>
    /// <param name="paths">Where packets go now.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="CliException">It cannot be set.</exception>
    public void Look(IReadOnlyList<PeerPath> paths, MonotonicTime now)
    {
        HashSet<IpAddress> endpoints = [.. paths.Select(static path => path.Endpoint.Address)];
        if (!_changed && now < _next && endpoints.SetEquals(_endpoints)) return;
        _changed = false;
        (_next, _endpoints) = (now + Interval, endpoints);
        if (network.Find(tunnel) is not { } adapter) return;
        var mtu = AdapterMtu.OfPaths(network, endpoints, adapter);
        if (mtu == _known || !_settings.SetMtu(adapter, mtu)) return;
        if (_known != 0) log($"the MTU is {mtu} now");
        _known = mtu;
    }
}
