namespace PfsVpn.Udp;

/// <summary>The network of this host, for the sockets of one tunnel.</summary>
/// <param name="tunnelLuid">The LUID of the tunnel's interface, 0 for none.</param>
/// <remarks>Threading: any.</remarks>
internal sealed class WindowsNetwork(ulong tunnelLuid) : IWindowsNetwork
{
    /// <inheritdoc/>
    public WindowsHostNetwork Read(bool avoidsTunnel) => WindowsNetworkReader.Read(avoidsTunnel ? tunnelLuid : 0);

    /// <inheritdoc/>
    public uint IndexOf(string device) => WindowsNetworkReader.IndexOf(device);
}
