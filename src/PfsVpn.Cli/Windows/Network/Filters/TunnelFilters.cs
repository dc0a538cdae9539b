using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>The filters of a tunnel, as data.</summary>
/// <remarks>References: RFC 2131, RFC 8415 (ports of DHCP), RFC 4861 (neighbour discovery). Threading: pure functions.</remarks>
internal static class TunnelFilters
{
    private const byte Everything = 0, Exception = 12, Self = 13;
    private const ushort DnsPort = 53;

    /// <summary>Of neighbour discovery: solicitations of routers and neighbours, their answers, and redirects.</summary>
    private const ushort RouterSolicitation = 133, RouterAdvertisement = 134, NeighborSolicitation = 135, NeighborAdvertisement = 136, Redirect = 137;

    private static readonly IpPrefix Broadcast = new(new IpAddress(0xFFFF_FFFF), 32);
    private static readonly IpPrefix LinkLocal = new(new IpAddress(0xFE80_0000_0000_0000, 0), 10);
    private static readonly IpPrefix AllRouters = new(new IpAddress(0xFF02_0000_0000_0000, 2), 128);
    private static readonly IpPrefix DhcpServersOfLink = new(new IpAddress(0xFF02_0000_0000_0000, 0x1_0002), 128), DhcpServersOfSite = new(new IpAddress(0xFF05_0000_0000_0000, 0x1_0003), 128);

    /// <summary>The kill switch. It stays in force when processes end and when the machine starts anew.</summary>
    /// <param name="name">The tunnel.</param>
    /// <param name="tunnel">The LUID of its interface; null before there is one.</param>
    /// <param name="daemon">The daemon's file: its UDP leaves the machine.</param>
    /// <param name="resolver">The file of the program that looks up endpoints beside the tunnel, or null: what it asks name servers leaves the machine.</param>
    /// <param name="allowed">Destinations that may be reached all the same.</param>
    public static FilterSet KillSwitch(string name, ulong? tunnel, string daemon, string? resolver, IReadOnlyList<IpPrefix> allowed)
    {
        var rules = new List<FilterRule>();
        foreach (var layer in FilterLayers.Own)
        {
            rules.Add(new FilterRule("this machine itself", layer, Self, Permits: true, [FilterCondition.Loopback]));
            rules.Add(new FilterRule("the daemon", layer, Exception, Permits: true, [FilterCondition.Program(daemon), FilterCondition.Administrator, FilterCondition.Protocol(FilterCondition.Udp)]));
            if (resolver is not null && IsConnect(layer)) rules.Add(Resolver(layer, resolver));
            if (tunnel is { } luid) rules.Add(new FilterRule("the tunnel", layer, Exception, Permits: true, [new FilterCondition(FilterField.LocalInterface, luid)]));
            AddAllowed(rules, layer, FilterField.RemoteAddress, allowed);
        }
        AddDhcp(rules);
        AddNeighborDiscovery(rules);
        foreach (var layer in FilterLayers.Forward)
        {
            if (tunnel is { } luid)
            {
                rules.Add(new FilterRule("into the tunnel", layer, Exception, Permits: true, [new FilterCondition(FilterField.ForwardInterface, luid)]));
                rules.Add(new FilterRule("out of the tunnel", layer, Exception, Permits: true, [new FilterCondition(FilterField.LocalInterface, luid)]));
            }
            AddAllowed(rules, layer, FilterField.Destination, allowed);
        }
        foreach (var layer in (FilterLayer[])[.. FilterLayers.Own, .. FilterLayers.Forward]) rules.Add(new FilterRule("everything else", layer, Everything, Permits: false, []));
        return new FilterSet(FilterPurpose.KillSwitch, name, IsPersistent: true, rules);
    }

    /// <summary>
    /// No name server is asked but through the tunnel. Windows asks those of all interfaces at the same time, also on the way to those that are on the link, past a default route.
    /// </summary>
    /// <param name="name">The tunnel.</param>
    /// <param name="tunnel">The LUID of its interface.</param>
    /// <param name="resolver">The file of the program that looks up endpoints beside the tunnel, or null.</param>
    public static FilterSet NameServers(string name, ulong tunnel, string? resolver)
    {
        var rules = new List<FilterRule>();
        foreach (var layer in FilterLayers.Own.Where(IsConnect))
        {
            rules.Add(new FilterRule("this machine itself", layer, Self, Permits: true, [FilterCondition.Loopback]));
            rules.Add(new FilterRule("the tunnel", layer, Exception, Permits: true, [new FilterCondition(FilterField.LocalInterface, tunnel)]));
            if (resolver is not null) rules.Add(Resolver(layer, resolver));
            rules.Add(new FilterRule("other name servers", layer, Everything, Permits: false,
                [FilterCondition.RemotePort(DnsPort), FilterCondition.Protocol(FilterCondition.Udp), FilterCondition.Protocol(FilterCondition.Tcp)]));
        }
        return new FilterSet(FilterPurpose.NameServers, name, IsPersistent: false, rules);
    }

    /// <summary>What peers send to the daemon passes Windows' own firewall, which refuses what nobody here has asked for.</summary>
    public static FilterSet Daemon(string name, string daemon) => new(FilterPurpose.Daemon, name, IsPersistent: false,
    [
        .. FilterLayers.Own.Select(layer => new FilterRule(
            "the daemon", layer, Exception, Permits: true, [FilterCondition.Program(daemon), FilterCondition.Administrator, FilterCondition.Protocol(FilterCondition.Udp)], IsFinal: true)),
    ]);

    private static bool IsConnect(FilterLayer layer) => layer is FilterLayer.ConnectV4 or FilterLayer.ConnectV6;

    private static FilterRule Resolver(FilterLayer layer, string program) => new("names of endpoints", layer, Exception, Permits: true,
        [FilterCondition.Program(program), FilterCondition.Administrator, FilterCondition.Protocol(FilterCondition.Udp), FilterCondition.RemotePort(DnsPort)]);

    private static void AddAllowed(List<FilterRule> rules, FilterLayer layer, FilterField field, IReadOnlyList<IpPrefix> allowed)
    {
        foreach (var prefix in allowed.Where(prefix => prefix.Address.IsV4 == layer.IsV4()))
            rules.Add(new FilterRule($"KillSwitchAllow {prefix}", layer, Exception, Permits: true, prefix.Length == 0 ? [] : [new FilterCondition(field, Prefix: prefix)]));
    }

    private static void AddDhcp(List<FilterRule> rules)
    {
        const ushort Client4 = 68, Server4 = 67, Client6 = 546, Server6 = 547;
        var udp = FilterCondition.Protocol(FilterCondition.Udp);
        FilterCondition[] ends4 = [udp, FilterCondition.LocalPort(Client4), FilterCondition.RemotePort(Server4)];
        FilterCondition[] ends6 = [udp, new(FilterField.LocalAddress, Prefix: LinkLocal), FilterCondition.LocalPort(Client6), FilterCondition.RemotePort(Server6)];
        // Anybody may send from these ports on Windows: so only to where nobody far away is. A lease is renewed by broadcast.
        rules.Add(new FilterRule("DHCP", FilterLayer.ConnectV4, Exception, Permits: true, [.. ends4, new FilterCondition(FilterField.RemoteAddress, Prefix: Broadcast)]));
        rules.Add(new FilterRule("DHCP", FilterLayer.AcceptV4, Exception, Permits: true, ends4));
        rules.Add(new FilterRule("DHCPv6", FilterLayer.ConnectV6, Exception, Permits: true,
            [.. ends6, new FilterCondition(FilterField.RemoteAddress, Prefix: DhcpServersOfLink), new FilterCondition(FilterField.RemoteAddress, Prefix: DhcpServersOfSite)]));
        rules.Add(new FilterRule("DHCPv6", FilterLayer.AcceptV6, Exception, Permits: true, [.. ends6, new FilterCondition(FilterField.RemoteAddress, Prefix: LinkLocal)]));
    }

    private static void AddNeighborDiscovery(List<FilterRule> rules)
    {
        Add(FilterLayer.ConnectV6, RouterSolicitation, AllRouters);
        Add(FilterLayer.AcceptV6, RouterAdvertisement, LinkLocal);
        Add(FilterLayer.AcceptV6, Redirect, LinkLocal);
        foreach (var layer in (FilterLayer[])[FilterLayer.ConnectV6, FilterLayer.AcceptV6])
        {
            Add(layer, NeighborSolicitation, null);
            Add(layer, NeighborAdvertisement, null);
        }

        void Add(FilterLayer layer, ushort type, IpPrefix? other)
        {
            // Type and code stand where other protocols have their ports.
            List<FilterCondition> conditions = [FilterCondition.Protocol(FilterCondition.Icmp6), FilterCondition.LocalPort(type), FilterCondition.RemotePort(0)];
            if (other is { } prefix) conditions.Add(new FilterCondition(FilterField.RemoteAddress, Prefix: prefix));
            rules.Add(new FilterRule("neighbour discovery", layer, Exception, Permits: true, conditions));
        }
    }
}
