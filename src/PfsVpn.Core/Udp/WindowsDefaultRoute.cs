namespace PfsVpn.Udp;

/// <summary>Finds the default route that is not the tunnel's own.</summary>
/// <remarks>Threading: pure functions.</remarks>
internal static class WindowsDefaultRoute
{
    /// <summary>
    /// The interface of the default route with the lowest metric, but for the tunnel's own and for those that are not connected; 0 where there is none. Of equal ones the first.
    /// </summary>
    public static uint FindInterface(ReadOnlySpan<WindowsRoute> routes, bool isV4, ulong tunnelLuid)
    {
        var (index, metric) = (0u, ulong.MaxValue);
        foreach (ref readonly var route in routes)
        {
            if (route.Destination.Length != 0 || route.Destination.Address.IsV4 != isV4 || !route.IsUp) continue;
            if (route.InterfaceLuid == tunnelLuid || route.Metric >= metric) continue;
            (index, metric) = (route.InterfaceIndex, route.Metric);
        }
        return index;
    }
}
