using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Guard;

/// <summary>ExcludedIPs: destinations that do not go through the tunnel although an allowed IP covers them.</summary>
/// <remarks>
/// Default routes that go into a table of the tunnel's own stay whole, and the table gets a <c>throw</c> route for each excluded prefix, behind which the system's routes go on. From all other
/// allowed IPs the excluded ones are subtracted, for the routes and for the peer.
/// </remarks>
internal static class ExcludedPrefixes
{
    /// <summary>Subtracts them from the allowed IPs of a file. A second time it changes nothing.</summary>
    public static void Apply(TunnelFile file)
    {
        foreach (var peer in file.Peers.Where(static peer => peer.ExcludedIps.Count != 0))
        {
            var allowed = peer.Change.AllowedIps.ToList();
            peer.Change.AllowedIps.Clear();
            foreach (var entry in allowed)
            {
                if (entry.Remove || IsWhole(file, entry.Prefix)) peer.Change.AllowedIps.Add(entry);
                else peer.Change.AllowedIps.AddRange(Subtract(entry.Prefix, peer.ExcludedIps).Select(static prefix => new AllowedIpChange(prefix, Remove: false)));
            }
        }
    }

    /// <summary>The prefixes that a table with the default route of a family throws back, as text.</summary>
    public static IEnumerable<string> Thrown(TunnelFile file, bool v4) => file.Peers
        .Where(peer => peer.Change.AllowedIps.Exists(allowed => !allowed.Remove && allowed.Prefix.Address.IsV4 == v4 && IsWhole(file, allowed.Prefix)))
        .SelectMany(static peer => peer.ExcludedIps).Where(prefix => prefix.Address.IsV4 == v4).Distinct()
        .Select(static prefix => $"{NativeResolver.Format(prefix.Address)}/{prefix.Length}");

    /// <summary>What is left of a prefix without others: the fewest prefixes that cover it.</summary>
    public static IEnumerable<IpPrefix> Subtract(IpPrefix prefix, IReadOnlyCollection<IpPrefix> excluded)
    {
        var inside = excluded.Where(other => Covers(prefix, other) || Covers(other, prefix)).ToList();
        if (inside.Count == 0) return [prefix];
        if (inside.Exists(other => Covers(other, prefix))) return [];
        var length = prefix.Length + 1;
        return [.. Subtract(new IpPrefix(prefix.Address, length), inside), .. Subtract(new IpPrefix(WithBit(prefix.Address, prefix.Length), length), inside)];
    }

    /// <summary>Takes the routes of a table away that throw back: they belong to no device, and stay when the interface goes.</summary>
    public static void Flush(TunnelHost host, string table)
    {
        foreach (var family in (string[])["-4", "-6"]) Flush(host, table, family);
    }

    /// <summary>The same for one family.</summary>
    public static void Flush(TunnelHost host, string table, string family)
    {
        if (host.Query("ip", family, "route", "show", "table", table, "type", "throw").Output.Length != 0) host.Run("ip", family, "route", "flush", "table", table, "type", "throw");
    }

    private static bool IsWhole(TunnelFile file, IpPrefix prefix) => prefix.Length == 0 && TunnelRoutes.IsAutomatic(file);

    private static bool Covers(IpPrefix outer, IpPrefix inner) => outer.Address.IsV4 == inner.Address.IsV4 && outer.Length <= inner.Length && inner.Address.Mask(outer.Length) == outer.Address;

    /// <summary>The address with one more bit set, counted from the first.</summary>
    private static IpAddress WithBit(IpAddress address, int bit)
    {
        if (address.IsV4) return new IpAddress(address.V4 | (1u << (31 - bit)));
        return bit < 64 ? new IpAddress(address.High | (1ul << (63 - bit)), address.Low) : new IpAddress(address.High, address.Low | (1ul << (127 - bit)));
    }
}
