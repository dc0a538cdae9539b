namespace PfsVpn.Cli.Windows.Network.Filters;

/// <summary>Where a filter is asked.</summary>
internal enum FilterLayer
{
    /// <summary>This machine begins to talk to another one, IPv4.</summary>
    ConnectV4,

    /// <summary>The same, IPv6.</summary>
    ConnectV6,

    /// <summary>Another machine begins to talk to this one, IPv4.</summary>
    AcceptV4,

    /// <summary>The same, IPv6.</summary>
    AcceptV6,

    /// <summary>A packet of others is forwarded, IPv4.</summary>
    ForwardV4,

    /// <summary>The same, IPv6.</summary>
    ForwardV6,
}

/// <summary>What is the same of both families.</summary>
internal static class FilterLayers
{
    /// <summary>The layers of this machine's own packets.</summary>
    public static readonly FilterLayer[] Own = [FilterLayer.ConnectV4, FilterLayer.ConnectV6, FilterLayer.AcceptV4, FilterLayer.AcceptV6];

    /// <summary>The layers of others' packets.</summary>
    public static readonly FilterLayer[] Forward = [FilterLayer.ForwardV4, FilterLayer.ForwardV6];

    /// <summary>Whether a layer sees IPv4.</summary>
    public static bool IsV4(this FilterLayer layer) => layer is FilterLayer.ConnectV4 or FilterLayer.AcceptV4 or FilterLayer.ForwardV4;

    /// <summary>Whether a layer sees packets that are forwarded.</summary>
    public static bool IsForward(this FilterLayer layer) => layer is FilterLayer.ForwardV4 or FilterLayer.ForwardV6;
}
