namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>What a tunnel has filters for.</summary>
internal enum FilterPurpose
{
    /// <summary>Nothing leaves beside the tunnel.</summary>
    KillSwitch,

    /// <summary>No name server is asked beside the tunnel, which has a default route and name servers of its own.</summary>
    NameServers,

    /// <summary>What other peers send to the daemon passes Windows' own firewall.</summary>
    Daemon,
}
