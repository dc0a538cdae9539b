using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>
/// The routes into a tunnel. Windows has one table: a default route of the tunnel wins by its metric, 0, and the daemon's sockets are bound to the interface of the other one. What is
/// excluded is left out of the tunnel's routes, so that the system's go on there.
/// </summary>
/// <remarks>All of them vanish with the adapter. Threading: one thread.</remarks>
internal sealed class AdapterRoutes(INetworkSystem network)
{
    /// <summary>Adds the steps of up.</summary>
    /// <exception cref="CliException">The file wants something that is not to be had on Windows.</exception>
    public void AddTo(TunnelPlan plan, TunnelFile file)
    {
        foreach (var prefix in Destinations(file))
            plan.Add(TunnelStage.Route, $"add the route {prefix}", host => host.Act($"route {prefix} on {host.Interface} metric 0", () => Add(host, prefix)), host => Remove(host, prefix));
    }

    /// <summary>Where routes lead to: the longest prefixes first.</summary>
    /// <exception cref="CliException">The file names a table.</exception>
    public static List<IpPrefix> Destinations(TunnelFile file)
    {
        if (file.Table == "off") return [];
        if (!TunnelRoutes.IsAutomatic(file)) throw new CliException($"{file.Path}: Table = {file.Table}: Windows has one routing table only. Leave Table out, or set it to off and make the routes yourself");
        return
        [
            .. TunnelRoutes.Owned(file).SelectMany(prefix => prefix.Length == 0 ? ExcludedPrefixes.Subtract(prefix, Excluded(file, prefix)) : [prefix]).Distinct()
                .OrderByDescending(static prefix => prefix.Length).ThenBy(static prefix => prefix.ToString(), StringComparer.Ordinal),
        ];
    }

    /// <summary>Whether a family's default route goes into the tunnel.</summary>
    public static bool HasDefault(TunnelFile file, bool isV4) => TunnelRoutes.IsAutomatic(file) && TunnelRoutes.Owned(file).Any(prefix => prefix.Length == 0 && prefix.Address.IsV4 == isV4);

    /// <summary>Whether any does.</summary>
    public static bool HasDefault(TunnelFile file) => HasDefault(file, isV4: true) || HasDefault(file, isV4: false);

    /// <summary>Adds one.</summary>
    /// <exception cref="CliException">It cannot be added.</exception>
    public void Add(TunnelHost host, IpPrefix prefix)
    {
        var adapter = TunnelAdapter.Of(network, host);
        if (!prefix.Address.IsV4 && network.Interface(adapter, isV4: false) is null)
        {
            host.Say($"Warning: there is no route {prefix}: Windows has not bound IPv6 to {host.Interface}.");
            return;
        }
        NetworkError.Check(network.Add(RowOf(adapter, prefix)), $"add the route {prefix}", IpHlpApi.ERROR_OBJECT_ALREADY_EXISTS);
    }

    /// <summary>Deletes one where it is there.</summary>
    public void Remove(TunnelHost host, IpPrefix prefix)
    {
        if (network.Find(host.Interface) is { } adapter) NetworkError.Check(network.Delete(RowOf(adapter, prefix)), $"delete the route {prefix}", IpHlpApi.ERROR_NOT_FOUND);
    }

    private static RouteRow RowOf(ulong adapter, IpPrefix prefix) => new(adapter, prefix, prefix.Address.IsV4 ? new IpAddress(0) : new IpAddress(0, 0), Metric: 0);

    private static List<IpPrefix> Excluded(TunnelFile file, IpPrefix whole) =>
        [.. file.Peers.Where(peer => peer.Change.AllowedIps.Exists(allowed => !allowed.Remove && allowed.Prefix == whole)).SelectMany(static peer => peer.ExcludedIps)];
}
