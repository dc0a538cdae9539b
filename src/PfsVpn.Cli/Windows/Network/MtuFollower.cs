using PfsVpn.Cli.Attend;
using PfsVpn.Packets;
using PfsVpn.Timers;
using PfsVpn.Tun;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>Keeps the MTU of a tunnel that is up at what the routes to its endpoints allow, where the file says none.</summary>
/// <remarks>
/// It looks when interfaces, routes or addresses have changed, when an endpoint has changed, and every 15 seconds. What a router on the way says is known to Windows alone: the daemon's
/// packets are not told it. Threading: one thread; notifications come on others.
/// </remarks>
internal sealed class MtuFollower : IMtuFollower
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);
    private readonly INetworkSystem _network;
    private readonly string _tunnel;
    private readonly IIpChanges? _changes;
    private readonly Action<string> _log;
    private readonly AdapterSettings _settings;
    private HashSet<IpAddress> _endpoints = [];
    private MonotonicTime _next;
    private volatile bool _changed;
    private int _known;

    /// <summary>Begins to listen.</summary>
    /// <param name="network">The rows.</param>
    /// <param name="tunnel">The tunnel.</param>
    /// <param name="log">Takes lines.</param>
    /// <param name="changes">Tells of changes; it is disposed with this.</param>
    /// <param name="wake">Called, from any thread, when there is something to look at.</param>
    public MtuFollower(INetworkSystem network, string tunnel, Action<string> log, IIpChanges? changes = null, Action? wake = null)
    {
        (_network, _tunnel, _changes, _log, _settings) = (network, tunnel, changes, log, new AdapterSettings(network));
        if (changes is null) return;
        try
        {
            changes.Start(_ =>
            {
                _changed = true;
                wake?.Invoke();
            });
        }
        catch (IOException refused)
        {
            log($"the MTU follows routes only every {Interval.TotalSeconds:0} s: {refused.Message}");
        }
    }

    /// <inheritdoc/>
    public void Look(IReadOnlyList<PeerPath> paths, MonotonicTime now)
    {
        HashSet<IpAddress> endpoints = [.. paths.Select(static path => path.Endpoint.Address)];
        if (!_changed && now < _next && endpoints.SetEquals(_endpoints)) return;
        _changed = false;
        (_next, _endpoints) = (now + Interval, endpoints);
        if (_network.Find(_tunnel) is not { } adapter) return;
        // Between two networks there is no way for a moment: the next one may be as the last was.
        if (AdapterMtu.OfPaths(_network, endpoints, adapter) is not { } mtu || mtu == _known || !_settings.SetMtu(adapter, mtu)) return;
        if (_known != 0) _log($"the MTU is {mtu} now");
        _known = mtu;
    }

    /// <summary>Ends the notifications, and waits for those that run.</summary>
    public void Dispose() => _changes?.Dispose();
}
