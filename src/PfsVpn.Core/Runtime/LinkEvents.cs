using PfsVpn.Device;
using PfsVpn.Tun;

namespace PfsVpn.Runtime;

/// <summary>Hands what the link monitor sees to the control loop.</summary>
internal sealed class LinkEvents(ControlLoop control, InterfaceState state, WireGuardDevice device, Action interfaceEnded) : ILinkObserver
{
    /// <inheritdoc/>
    public void LinkUp() => control.Post(state.GoUp);

    /// <inheritdoc/>
    public void LinkDown() => control.Post(state.GoDown);

    /// <inheritdoc/>
    public void LinkDeleted() => interfaceEnded();

    /// <inheritdoc/>
    public void LinkMoved() => device.Logger.InterfaceMoved();

    /// <inheritdoc/>
    public void MtuChanged(int mtu)
    {
        device.Mtu = mtu;
        device.Logger.MtuChanged(mtu);
    }

    /// <inheritdoc/>
    public void RoutesChanged() => control.Post(state.ReviewSources());
}
