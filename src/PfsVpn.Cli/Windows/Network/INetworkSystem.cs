namespace PfsVpn.Cli.Windows.Network;

/// <summary>Addresses, routes, interfaces and name servers of this machine: rows in, rows out.</summary>
/// <remarks>
/// Errors: what changes something returns a Windows error, 0 for none; what looks throws <see cref="CliException"/> where Windows does not answer.
/// Threading: any thread.
/// </remarks>
internal interface INetworkSystem
{
    /// <summary>The LUID of a tunnel's adapter; null where there is none.</summary>
    ulong? Find(string tunnel);

    /// <summary>What people call an interface.</summary>
    string NameOf(ulong interfaceId);

    /// <summary>The index of an interface, as socket options want it; 0 where there is none.</summary>
    uint IndexOf(ulong interfaceId);

    /// <summary>Whether an interface can carry packets. One that is gone cannot.</summary>
    bool IsUp(ulong interfaceId);

    /// <summary>All addresses, those of interfaces that are not up among them.</summary>
    IReadOnlyList<AddressRow> Addresses();

    /// <summary>All routes.</summary>
    IReadOnlyList<RouteRow> Routes();

    /// <summary>An interface as a family sees it; null where it has not got the family.</summary>
    InterfaceRow? Interface(ulong interfaceId, bool isV4);

    /// <summary>Sets what the row says, and leaves all else as it is.</summary>
    uint Set(InterfaceRow row);

    /// <summary>Adds an address, to be used at once.</summary>
    uint Add(AddressRow address);

    uint Delete(AddressRow address);

    uint Add(RouteRow route);

    uint Delete(RouteRow route);

    /// <summary>Sets the name servers and search domains of an interface for a family; none takes them away.</summary>
    uint SetNameServers(ulong interfaceId, bool isV4, IReadOnlyList<string> servers, IReadOnlyList<string> domains);

    /// <summary>Forgets what the resolver of this machine remembers.</summary>
    void FlushResolver();

    /// <summary>The name servers that are in use on other interfaces than one.</summary>
    IReadOnlyList<string> NameServersBeside(string tunnel);
}
