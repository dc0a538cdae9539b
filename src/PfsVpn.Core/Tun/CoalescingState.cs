namespace PfsVpn.Tun;

/// <summary>Which packets the writers of a device coalesce: less, once the kernel has refused it.</summary>
/// <remarks>Threading: any.</remarks>
internal sealed class CoalescingState(bool tcp, bool udp)
{
    private volatile bool _tcp = tcp;
    private volatile bool _udp = udp;

    /// <summary>TCP.</summary>
    public bool Tcp => _tcp;

    /// <summary>UDP.</summary>
    public bool Udp => _udp;

    /// <summary>Any of them.</summary>
    public bool IsAny => _tcp || _udp;

    /// <summary>For the life of the device.</summary>
    public void SwitchOff(bool isTcp)
    {
        if (isTcp) _tcp = false;
        else _udp = false;
    }
}
