namespace PfsVpn.Cli.Tunnel;

/// <summary>
/// The stages of <c>up</c> and of <c>down</c>, in the order in which they run; the steps of one stage run in the order in which they were added.
/// </summary>
internal enum TunnelStage
{
    /// <summary>up: the user's commands before anything else is done.</summary>
    PreUp,

    /// <summary>up: what has to stand before the interface does.</summary>
    Guard,

    /// <summary>up: the daemon makes the interface.</summary>
    Link,

    /// <summary>up: keys and peers go to the daemon.</summary>
    Configuration,

    /// <summary>up: the addresses of the interface.</summary>
    Address,

    /// <summary>up: the MTU; the interface is up behind it.</summary>
    Mtu,

    /// <summary>up: name servers.</summary>
    Dns,

    /// <summary>up: routes, and for default routes their rules and the firewall's.</summary>
    Route,

    /// <summary>up: rules for packets that need the routes to be there.</summary>
    Firewall,

    /// <summary>up: what watches over the tunnel as long as it is up.</summary>
    Attendant,

    /// <summary>up: the user's commands when all is done.</summary>
    PostUp,

    /// <summary>down: the user's commands before anything is taken away.</summary>
    PreDown,

    /// <summary>down: the running state is saved into the file.</summary>
    Save,

    /// <summary>down: what watched over the tunnel ends.</summary>
    AttendantEnd,

    /// <summary>down: routing rules and routes.</summary>
    RouteEnd,

    /// <summary>down: the interface, and with it its addresses and routes; its daemon ends.</summary>
    LinkEnd,

    /// <summary>down: name servers.</summary>
    DnsEnd,

    /// <summary>down: the firewall's rules.</summary>
    FirewallEnd,

    /// <summary>down: what stood before the interface did.</summary>
    GuardEnd,

    /// <summary>down: the user's commands when all is gone.</summary>
    PostDown,
}
