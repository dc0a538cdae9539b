using System.Runtime.InteropServices;

namespace PfsVpn.Packets;

/// <summary>Where a received datagram came from and where it arrived.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct DatagramSource
{
    /// <summary>The sender.</summary>
    public EndpointAddress Remote;

    /// <summary>The local address and interface.</summary>
    public LocalSource Local;
}
