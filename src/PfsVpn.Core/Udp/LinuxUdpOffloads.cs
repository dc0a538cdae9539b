namespace PfsVpn.Udp;

/// <summary>The offloads of one socket that are in force, and those given up.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed class LinuxUdpOffloads(bool gso, bool gro)
{
    private volatile bool _gso = gso;

    /// <summary>Whether runs are sent as one.</summary>
    public bool Gso => _gso;

    /// <summary>Both, as the status shows them.</summary>
    public UdpOffloads Present => new(_gso, gro);

    /// <summary>Sends datagram by datagram from now on: a device refused for good.</summary>
    public void GiveUpGso() => _gso = false;
}
