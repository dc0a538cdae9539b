using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>The MTU of a tunnel on Windows: what the file says, else that of the routes to the endpoints less what a message adds.</summary>
/// <remarks>As on Linux: the largest of the endpoints' routes, else of the default route, else 1500. Threading: pure, but for what the rows say.</remarks>
internal static class AdapterMtu
{
    private const int Usual = 1500;

    /// <summary>The smallest that a family allows: Windows refuses less.</summary>
    public const int SmallestV4 = 576, SmallestV6 = 1280;

    /// <summary>Finds it.</summary>
    public static int Find(INetworkSystem network, TunnelFile file, ulong? tunnel) => file.Mtu
        ?? OfPaths(network, file.WgConfig.Change.Peers.Where(static peer => peer.Endpoint is not null).Select(static peer => peer.Endpoint!.Value.Address), tunnel)
        ?? Usual - TunnelMtu.Overhead;

    /// <summary>The MTU for these endpoints; null where no route leads anywhere, as of a machine without a network.</summary>
    /// <param name="network">The rows.</param>
    /// <param name="endpoints">Where messages go.</param>
    /// <param name="tunnel">The tunnel's own interface, which is no way to an endpoint.</param>
    public static int? OfPaths(INetworkSystem network, IEnumerable<IpAddress> endpoints, ulong? tunnel)
    {
        var routes = network.Routes();
        return (endpoints.Max(OfPath) ?? OfPath(new IpAddress(0)) ?? OfPath(new IpAddress(0, 0))) - TunnelMtu.Overhead;

        // What Windows says of loopback is no size of a packet.
        int? OfPath(IpAddress endpoint) => WayOut.Find(network, routes, endpoint, tunnel) is { } way ? (int)Math.Min(way.Mtu, ushort.MaxValue) : null;
    }
}
