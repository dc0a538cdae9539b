using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>From which address and by which interface datagrams to a remote leave.</summary>
/// <param name="IsV4">The family of the remote.</param>
/// <param name="Source">The address, family 0 for the system's choice.</param>
/// <param name="Interface">The interface that is named with each datagram beside the source, 0 for the socket's own or the system's choice.</param>
/// <param name="InterfaceAlone">The same for datagrams without source: naming a source is given up where the system refuses, keeping out of tunnels is not.</param>
/// <param name="IsBlocked">Whether nothing is sent: only tunnels lead there, or not the interface that everything has to leave by.</param>
internal readonly record struct WindowsWay(bool IsV4, IpAddress Source, uint Interface, uint InterfaceAlone, bool IsBlocked)
{
    /// <summary>Whether a datagram names a source.</summary>
    public bool HasSource => Source.Family != 0;

    /// <summary>Finds the way to an endpoint.</summary>
    /// <param name="network">Routes and addresses of the host.</param>
    /// <param name="endpoint">Where to, and the sticky source.</param>
    /// <param name="bound">The interface that the socket sends by where none is named, 0 for the system's choice.</param>
    /// <remarks>
    /// The socket sends by the interface of the default route, so an interface is named only where another one leads to the remote: a neighbour on a second network, the host itself.
    /// A host without default route has the system choose, but for remotes to which a tunnel leads.
    /// A source is left out of Windows by its own interface only, so that this one is named where it leads there; else the system may refuse, and the source is let go.
    /// A link-local address means nothing without its interface.
    /// </remarks>
    public static WindowsWay Find(WindowsHostNetwork network, Endpoint endpoint, uint bound)
    {
        var (remote, source) = (endpoint.Remote, endpoint.Source);
        var isV4 = remote.Address.IsV4;
        if (source.Address.IsV6LinkLocal) return new WindowsWay(isV4, source.Address, source.InterfaceIndex, remote.ScopeId, false);
        if (remote.ScopeId != 0) return new WindowsWay(isV4, source.Address, remote.ScopeId, remote.ScopeId, false);
        if (!network.AvoidsTunnel) return new WindowsWay(isV4, source.Address, 0, 0, false);
        var best = network.FindInterface(remote.Address, source.InterfaceIndex, out var sourceLeads, out var tunnelLeads);
        if (bound == 0 && !tunnelLeads) return new WindowsWay(isV4, source.Address, 0, 0, false);
        var isBlocked = best == 0 && tunnelLeads && !network.IsHost(remote.Address);
        return new WindowsWay(isV4, source.Address, Named(sourceLeads ? source.InterfaceIndex : best, bound), Named(best, bound), isBlocked);
    }

    private static uint Named(uint index, uint bound) => index == bound ? 0 : index;
}
