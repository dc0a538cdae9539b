namespace PfsVpn.Udp;

/// <summary>What a socket's system does beyond carrying datagrams, and what of it was given up.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed class WindowsUdpAbilities(bool gso, bool gro, bool ecn)
{
    private volatile bool _gso = gso;
    private volatile bool _ecn = ecn;

    /// <summary>Whether runs are sent as one (UDP_SEND_MSG_SIZE).</summary>
    public bool Gso => _gso;

    /// <summary>Whether runs may arrive as one (UDP_RECV_MAX_COALESCED_SIZE).</summary>
    public bool Gro { get; } = gro;

    /// <summary>Whether a datagram may be sent with bits of congestion notification.</summary>
    public bool Ecn => _ecn;

    /// <summary>Sends datagram by datagram from now on.</summary>
    public void GiveUpGso() => _gso = false;

    /// <summary>Sends without congestion notification from now on.</summary>
    public void GiveUpEcn() => _ecn = false;
}
