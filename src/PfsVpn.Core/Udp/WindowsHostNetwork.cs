using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Routes and addresses of the host at one moment, and what they mean for the datagrams of one tunnel.</summary>
/// <remarks>Threading: immutable.</remarks>
internal sealed class WindowsHostNetwork
{
    /// <summary>Nothing is known: everything is left to the system.</summary>
    public static readonly WindowsHostNetwork Unknown = new([], [], 0);

    private readonly WindowsRoute[] _routes;
    private readonly HashSet<IpAddress> _addresses;
    private readonly ulong _tunnel;

    /// <summary>Takes what was read.</summary>
    /// <param name="routes">The routes of both families.</param>
    /// <param name="addresses">The host's unicast addresses; none where they could not be read.</param>
    /// <param name="tunnelLuid">The interface of the tunnel, through which its own datagrams must not go; 0 where they go as the routes say.</param>
    public WindowsHostNetwork(ReadOnlySpan<WindowsRoute> routes, IEnumerable<IpAddress> addresses, ulong tunnelLuid)
    {
        _routes = routes.ToArray();
        _addresses = [.. addresses];
        _tunnel = tunnelLuid;
        (DefaultV4, DefaultV6) = tunnelLuid == 0
            ? (0, 0)
            : (WindowsDefaultRoute.FindInterface(_routes, isV4: true, tunnelLuid), WindowsDefaultRoute.FindInterface(_routes, isV4: false, tunnelLuid));
    }

    /// <summary>Whether datagrams are to be kept out of a tunnel.</summary>
    public bool AvoidsTunnel => _tunnel != 0;

    /// <summary>The interface of IPv4's default route, 0 for none, or where nothing is to be kept out.</summary>
    public uint DefaultV4 { get; }

    /// <summary>The interface of IPv6's default route, 0 for none, or where nothing is to be kept out.</summary>
    public uint DefaultV6 { get; }

    /// <summary>Whether an address is this very host, so that nothing leaves it on the way there.</summary>
    public bool IsHost(in IpAddress address) =>
        (address.IsV4 ? address.V4 >> 24 == 127 : address is { High: 0, Low: 1 }) || _addresses.Contains(address);

    /// <summary>The interface of the best route to a remote that is not the tunnel's: the longest prefix, then the lowest metric, then the first. 0 for none.</summary>
    /// <param name="remote">Where to.</param>
    /// <param name="wanted">An interface that is asked about, 0 for none.</param>
    /// <param name="wantedLeads">Whether any such route leaves by it.</param>
    /// <param name="tunnelLeads">Whether a route of the tunnel's leads there.</param>
    public uint FindInterface(in IpAddress remote, uint wanted, out bool wantedLeads, out bool tunnelLeads)
    {
        wantedLeads = false;
        tunnelLeads = false;
        var (index, length, metric) = (0u, -1, ulong.MaxValue);
        foreach (ref readonly var route in _routes.AsSpan())
        {
            if (!route.IsUp || !Covers(route.Destination, remote)) continue;
            if (AvoidsTunnel && route.InterfaceLuid == _tunnel)
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

    private static bool Covers(in IpPrefix prefix, in IpAddress address) => prefix.Address.Family == address.Family && address.Mask(prefix.Length) == prefix.Address;
}
