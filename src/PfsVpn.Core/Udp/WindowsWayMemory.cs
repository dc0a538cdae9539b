using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Remembers the way of the latest endpoint, so that a flow to one peer does not search the routes for every batch.</summary>
/// <remarks>Threading: one thread.</remarks>
internal sealed class WindowsWayMemory
{
    private WindowsHostNetwork? _network;
    private EndpointAddress _remote;
    private LocalSource _source;
    private uint _bound;
    private WindowsWay _way;

    /// <summary><see cref="WindowsWay.Find"/>.</summary>
    public WindowsWay Find(WindowsHostNetwork network, Endpoint endpoint, uint bound)
    {
        if (ReferenceEquals(network, _network) && bound == _bound && endpoint.Is(_remote, _source)) return _way;
        (_network, _bound, _remote, _source) = (network, bound, endpoint.Remote, endpoint.Source);
        _way = WindowsWay.Find(network, endpoint, bound);
        return _way;
    }
}
