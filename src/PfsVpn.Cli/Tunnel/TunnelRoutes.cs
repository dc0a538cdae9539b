using System.Globalization;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The routes into a tunnel: one for each allowed IP that no other route of the interface covers.</summary>
/// <remarks>References: wg-quick(8), Table.</remarks>
internal static class TunnelRoutes
{
    /// <summary>Adds the steps.</summary>
    public static void AddTo(TunnelPlan plan, TunnelFile file)
    {
        if (file.Table == "off") return;
        var defaults = new DefaultRoutes(file);
        foreach (var prefix in Destinations(file))
        {
            if (!IsAutomatic(file))
                plan.Add(TunnelStage.Route, $"add the route {prefix}", host => host.Run("ip", TunnelLink.FamilyOf(prefix), "route", "add", prefix, "dev", host.Interface, "table", file.Table!));
            else if (prefix.EndsWith("/0", StringComparison.Ordinal)) defaults.AddTo(plan, prefix);
            else plan.Add(TunnelStage.Route, $"add the route {prefix}", host => AddUnlessCovered(host, file, prefix));
        }
    }

    /// <summary>Whether routes go where the system's do, and default routes into a table of their own.</summary>
    public static bool IsAutomatic(TunnelFile file) => file.Table is null or "" or "auto";

    /// <summary>The allowed IPs that the daemon will have, as text: the longest prefixes first, then in the order of wg-quick.</summary>
    public static List<string> Destinations(TunnelFile file) =>
    [
        .. Owned(file).Select(static prefix => (prefix.Length, Text: $"{NativeResolver.Format(prefix.Address)}/{prefix.Length}"))
            .OrderByDescending(static prefix => prefix.Length).ThenByDescending(static prefix => prefix.Text, StringComparer.Ordinal)
            .Select(static prefix => prefix.Text),
    ];

    /// <summary>The allowed IPs that the daemon will have: each belongs to the last peer that it was given to.</summary>
    public static IReadOnlyCollection<IpPrefix> Owned(TunnelFile file)
    {
        var owners = new Dictionary<IpPrefix, PeerChange>();
        foreach (var peer in file.WgConfig.Change.Peers)
        {
            foreach (var allowed in peer.AllowedIps)
            {
                if (!allowed.Remove) owners[allowed.Prefix] = peer;
                else if (owners.GetValueOrDefault(allowed.Prefix) == peer) owners.Remove(allowed.Prefix);
            }
        }
        return owners.Keys;
    }

    private static void AddUnlessCovered(TunnelHost host, TunnelFile file, string prefix)
    {
        var family = TunnelLink.FamilyOf(prefix);
        var covered = host.DryRun
            ? file.Addresses.Any(address => Covers(address, prefix))
            : host.Query("ip", family, "route", "show", "dev", host.Interface, "match", prefix).Output.Length != 0;
        if (!covered) host.Run("ip", family, "route", "add", prefix, "dev", host.Interface);
    }

    /// <summary>Whether the route that the kernel makes for an address will cover a destination; it makes none for a single IPv4 address.</summary>
    private static bool Covers(string address, string prefix)
    {
        var (network, length) = Parse(address);
        var (destination, destinationLength) = Parse(prefix);
        if (network.Family != destination.Family || network.Family == 0 || length > destinationLength || (network.IsV4 && length == 32)) return false;
        return destination.Mask(length).Equals(network.Mask(length));
    }

    private static (IpAddress Address, int Length) Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IpAddress.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out var address)) return default;
        if (slash < 0) return (address, address.BitLength);
        return int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= address.BitLength ? (address, length) : default;
    }
}
