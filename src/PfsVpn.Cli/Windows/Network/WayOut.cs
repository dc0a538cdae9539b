using System.Net;
using System.Net.Sockets;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>The interface by which packets would leave if a tunnel were not there.</summary>
internal static class WayOut
{
    /// <summary>Finds it: of the longest prefixes the one whose metrics make the smallest sum, as Windows does. Null where no route leads there.</summary>
    /// <param name="network">The rows of interfaces.</param>
    /// <param name="routes">All routes.</param>
    /// <param name="destination">Where to; the unspecified address asks for the default route.</param>
    /// <param name="tunnel">The interface that is no way, or null.</param>
    public static InterfaceRow? Find(INetworkSystem network, IReadOnlyList<RouteRow> routes, IpAddress destination, ulong? tunnel)
    {
        InterfaceRow? best = null;
        var (length, metric) = (-1, 0ul);
        foreach (var route in routes)
        {
            if (route.Interface == tunnel || route.Destination.Address.IsV4 != destination.IsV4 || route.Destination.Length < length) continue;
            if (destination.Mask(route.Destination.Length) != route.Destination.Address || !network.IsUp(route.Interface)) continue;
            if (network.Interface(route.Interface, destination.IsV4) is not { } found) continue;
            var sum = (ulong)route.Metric + found.Metric;
            if (route.Destination.Length == length && sum >= metric) continue;
            (best, length, metric) = (found, route.Destination.Length, sum);
        }
        return best;
    }

    /// <summary>Makes the packets of a socket leave by it.</summary>
    /// <param name="network">The rows.</param>
    /// <param name="socket">Not connected yet.</param>
    /// <param name="server">Whom it will talk to.</param>
    /// <param name="tunnel">The interface that is no way.</param>
    /// <exception cref="SocketException">Windows refuses.</exception>
    public static void Bind(INetworkSystem network, Socket socket, IPAddress server, ulong tunnel)
    {
        if (Find(network, network.Routes(), IpAddress.From(server), tunnel) is { } way) LeadBy(network, socket, way.Interface);
    }

    /// <summary>Makes the packets of a socket leave by an interface.</summary>
    /// <param name="network">The rows.</param>
    /// <param name="socket">Not connected yet.</param>
    /// <param name="interfaceId">The interface.</param>
    /// <exception cref="SocketException">Windows refuses.</exception>
    public static void LeadBy(INetworkSystem network, Socket socket, ulong interfaceId)
    {
        const int IP_UNICAST_IF = 31;
        var isV4 = socket.AddressFamily == AddressFamily.InterNetwork;
        var index = (int)network.IndexOf(interfaceId);
        // IPV6_UNICAST_IF has the same number. That of IPv4 wants the index in network order.
        socket.SetSocketOption(isV4 ? SocketOptionLevel.IP : SocketOptionLevel.IPv6, (SocketOptionName)IP_UNICAST_IF, isV4 ? IPAddress.HostToNetworkOrder(index) : index);
    }
}
