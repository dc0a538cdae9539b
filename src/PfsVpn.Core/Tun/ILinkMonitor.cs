namespace PfsVpn.Tun;

/// <summary>Watches the tunnel's interface, wherever it is moved, and the host's routes and addresses.</summary>
/// <remarks>Threading: calls the observer on one thread of its own, in the order of the events. Dispose ends that thread.</remarks>
internal interface ILinkMonitor : IDisposable
{
    /// <summary>Reports the present state once (up or down, MTU), then every change.</summary>
    void Start(ILinkObserver observer);
}

/// <summary>Hears what <see cref="ILinkMonitor"/> sees. Calls return at once and never throw.</summary>
internal interface ILinkObserver
{
    /// <summary>The interface is administratively up.</summary>
    void LinkUp();

    /// <summary>The interface is administratively down.</summary>
    void LinkDown();

    /// <summary>The interface exists no more.</summary>
    void LinkDeleted();

    /// <summary>The interface was moved to another network namespace and lives on there.</summary>
    void LinkMoved();

    /// <summary>The interface's MTU is <paramref name="mtu"/> bytes; <see cref="ITunDevice.Mtu"/> says so already.</summary>
    void MtuChanged(int mtu);

    /// <summary>Routes or addresses of the host changed: sticky sources may no longer hold. At most a few calls a second.</summary>
    void RoutesChanged();
}
