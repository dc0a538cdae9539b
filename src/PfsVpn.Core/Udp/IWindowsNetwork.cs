namespace PfsVpn.Udp;

/// <summary>Where a socket of Windows learns of routes, addresses and interfaces.</summary>
/// <remarks>Threading: any.</remarks>
internal interface IWindowsNetwork
{
    /// <summary>Reads the present state, null where the system does not tell its routes; <paramref name="avoidsTunnel"/> says whether datagrams are to be kept out of tunnels.</summary>
    WindowsHostNetwork? Read(bool avoidsTunnel);

    /// <summary>The number of an interface by its name, 0 where there is none.</summary>
    uint IndexOf(string device);
}
