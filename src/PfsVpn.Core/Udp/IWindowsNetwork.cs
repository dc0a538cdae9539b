namespace PfsVpn.Udp;

/// <summary>Where a socket of Windows learns of routes, addresses and interfaces.</summary>
/// <remarks>Threading: any.</remarks>
internal interface IWindowsNetwork
{
    /// <summary>Reads the present state; <paramref name="avoidsTunnel"/> says whether it is to tell the tunnel's own routes from others.</summary>
    WindowsHostNetwork Read(bool avoidsTunnel);

    /// <summary>The number of an interface by its name, 0 where there is none.</summary>
    uint IndexOf(string device);
}
