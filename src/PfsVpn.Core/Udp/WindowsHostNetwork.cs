using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Routes and addresses of the host at one moment, and what they mean for the datagrams of one tunnel.</summary>
/// <remarks>
/// A tunnel's datagrams leave neither by its own interface nor by another tunnel's that leads everywhere: two such tunnels would send each other's datagrams round in circles.
/// A tunnel that leads to some networks may carry another whose endpoint is in one of them.
/// Threading: immutable.
/// </remarks>
internal sealed class WindowsHostNetwork
{
    /// <summary>Nothing is known: everything is left to the system.</summary>
    public static readonly WindowsHostNetwork Unknown = new([], [], 0, static _ => false);

    /// <summary>
    /// Bits of the longest prefix that makes an interface one that leads everywhere: a default route that was cut up, to leave networks out, has one of such a length still. Every
    /// interface has 224.0.0.0/4.
    /// </summary>
    private const int WideLength = 3;

    private readonly WindowsRoute[] _routes;
    private readonly HashSet<IpAddress> _addresses;
    private readonly HashSet<ulong> _avoided = [];

    /// <summary>Takes what was read.</summary>
    /// <param name="routes">The routes of both families.</param>
    /// <param name="addresses">The host's unicast addresses; none where they could not be read.</param>
    /// <param name="tunnelLuid">The interface of the tunnel, through which its own datagrams must not go; 0 where they go as the routes say.</param>
    /// <param name="isTunnel">Whether an interface is another tunnel's of these programs.</param>
    public WindowsHostNetwork(ReadOnlySpan<WindowsRoute> routes, IEnumerable<IpAddress> addresses, ulong tunnelLuid, Func<ulong, bool> isTunnel)
    {
        _routes = routes.ToArray();
        _addresses = [.. addresses];
        if (tunnelLuid == 0) return;
        var wide = _routes.Where(static route => route.Destination.Length <= WideLength).Select(static route => route.InterfaceLuid).Distinct();
        _avoided = [tunnelLuid, .. wide.Where(luid => luid != tunnelLuid && isTunnel(luid))];
        (DefaultV4, DefaultV6) = (FindDefault(isV4: true), FindDefault(isV4: false));
    }

    /// <summary>Whether datagrams are to be kept out of a tunnel.</summary>
    public bool AvoidsTunnel => _avoided.Count > 0;

    /// <summary>The interface of IPv4's default route, 0 for none, or where nothing is to be kept out.</summary>
    public uint DefaultV4 { get; }

    /// <summary>The interface of IPv6's default route, 0 for none, or where nothing is to be kept out.</summary>
    public uint DefaultV6 { get; }

    /// <summary>Whether an address is this very host, so that nothing leaves it on the way there.</summary>
    public bool IsHost(in IpAddress address) =>
        (address.IsV4 ? address.V4 >> 24 == 127 : address is { High: 0, Low: 1 }) || _addresses.Contains(address);

    /// <summary>The interface of the best route to a remote that is no avoided tunnel's: the longest prefix, then the lowest metric, then the first. 0 for none.</summary>
    /// <param name="remote">Where to.</param>
    /// <param name="wanted">An interface that is asked about, 0 for none.</param>
    /// <param name="wantedLeads">Whether any such route leaves by it.</param>
    /// <param name="tunnelLeads">Whether a route of an avoided tunnel leads there.</param>
    public uint FindInterface(in IpAddress remote, uint wanted, out bool wantedLeads, out bool tunnelLeads)
    {
        wantedLeads = false;
        tunnelLeads = false;
        var (index, length, metric) = (0u, -1, ulong.MaxValue);
        foreach (ref readonly var route in _routes.AsSpan())
        {
            if (!route.IsUp || !Covers(route.Destination, remote)) continue;
            if (_avoided.Contains(route.InterfaceLuid))
            {
                tunnelLeads = true;
                continue;
            }
            if (wanted != 0 && route.InterfaceIndex == wanted) wantedLeads = true;
            if (route.Destination.Length < length || (route.Destination.Length == length && route.Metric >= metric)) continue;
            (index, length, metric) = (route.InterfaceIndex, route.Destination.Length, route.Metric);
        }
        return index;
    }

    /// <summary>Whether an address is the host's; true where the addresses are not known.</summary>
    public bool HasAddress(in IpAddress address) => _addresses.Count == 0 || _addresses.Contains(address);

    /// <summary>
    /// Whether an endpoint's sticky source still holds: the address is the host's, and the best route to the remote leaves by the remembered interface. True where nothing is known,
    /// or nothing leads there.
    /// </summary>
    public bool IsSourceValid(Endpoint endpoint)
    {
        var source = endpoint.Source;
        if (source.IsNone) return true;
        if (!HasAddress(source.Address)) return false;

        if (source.InterfaceIndex == 0 || IsHost(endpoint.Remote.Address)) return true;
        var best = endpoint.Remote.ScopeId != 0 ? endpoint.Remote.ScopeId : FindInterface(endpoint.Remote.Address, 0, out _, out _);
        return best == 0 || best == source.InterfaceIndex;
    }

    /// <summary>The interface of the default route with the lowest metric, but for avoided tunnels and for those that are not connected; 0 where there is none. Of equal ones the first.</summary>
    private uint FindDefault(bool isV4)
    {
        var (index, metric) = (0u, ulong.MaxValue);
        foreach (ref readonly var route in _routes.AsSpan())
        {
            if (route.Destination.Length != 0 || route.Destination.Address.IsV4 != isV4 || !route.IsUp) continue;
            if (_avoided.Contains(route.InterfaceLuid) || route.Metric >= metric) continue;
            (index, metric) = (route.InterfaceIndex, route.Metric);
        }
        return index;
    }

    private static bool Covers(in IpPrefix prefix, in IpAddress address) => prefix.Address.Family == address.Family && address.Mask(prefix.Length) == prefix.Address;
}
