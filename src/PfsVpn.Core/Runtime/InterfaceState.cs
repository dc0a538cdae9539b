using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Udp;

namespace PfsVpn.Runtime;

/// <summary>Up and down, the socket that goes with it, and changes of port, mark and everything else.</summary>
/// <remarks>Threading: the control loop.</remarks>
internal sealed class InterfaceState(WireGuardDevice device, UdpTransport udp, IUdpSocketFactory sockets, ControlLoop control)
{
    private const int EIO = 5, ENOMEM = 12, EINVAL = 22;

    private bool _wantedUp;

    /// <summary>The interface is up: opens the socket and wakes the peers. A port that is taken leaves the device down, and the log says so.</summary>
    public void GoUp()
    {
        _wantedUp = true;
        if (device.IsUp) return;
        try
        {
            udp.Replace(sockets.Open(device.ListenPort, device.FirewallMark));
        }
        catch (UdpBindException taken)
        {
            device.Logger.BindFailed(taken.Message);
            return;
        }
        device.Logger.InterfaceUp(udp.Port);
        device.Up(control.Step());
    }

    /// <summary>The interface is down: every session ends, and the socket closes.</summary>
    public void GoDown()
    {
        _wantedUp = false;
        if (!device.IsUp) return;
        if (udp.Port != 0) device.ListenPort = udp.Port;
        device.Down();
        udp.Replace(null);
        device.Logger.InterfaceDown();
    }

    /// <summary>Routes or addresses of the host changed.</summary>
    public IEnumerator<bool> ReviewSources()
    {
        if (udp.Socket is not { } socket) yield break;
        using var review = device.ReviewSources(socket.IsSourceValid);
        while (review.MoveNext()) yield return true;
    }

    /// <summary>Applies a change: what can fail first, so that a failure changes nothing.</summary>
    public IEnumerator<bool> Apply(DeviceChange change, TaskCompletionSource<int> done)
    {
        var errno = Prepare(change);
        if (errno == 0)
        {
            var steps = device.Apply(change, control.Step);
            while (Advance(steps, out errno)) yield return true;
        }
        change.Dispose();
        done.SetResult(errno);
    }

    private static bool Advance(IEnumerator<bool> steps, out int errno)
    {
        errno = 0;
        try
        {
            return steps.MoveNext();
        }
        catch (SecretMemoryException)
        {
            errno = ENOMEM;
            return false;
        }
    }

    private int Prepare(DeviceChange change)
    {
        try
        {
            var added = change.Peers.Count(peer => !peer.Remove && device.Peers.Find(peer.PublicKey) is null);
            if (device.Peers.Count + added > Noise.ProtocolConstants.MaxPeers) return EINVAL;
            device.Arena.Reserve(added);
        }
        catch (SecretMemoryException)
        {
            return ENOMEM;
        }
        return ChangeSocket(change);
    }

    private int ChangeSocket(DeviceChange change)
    {
        var port = change.ListenPort ?? device.ListenPort;
        var mark = change.FirewallMark ?? device.FirewallMark;
        var moves = change.ListenPort is { } wanted && wanted != udp.Port;
        if (_wantedUp && (moves || udp.Socket is null))
        {
            try
            {
                udp.Replace(sockets.Open(port, mark));
            }
            catch (UdpBindException taken)
            {
                return taken.Errno == 0 ? EIO : taken.Errno;
            }
            device.ForgetSources();
        }
        else if (mark != device.FirewallMark && udp.Socket is { } socket)
        {
            var errno = socket.SetMark(mark);
            if (errno != 0) return errno;
            device.ForgetSources();
        }
        device.ListenPort = port;
        device.FirewallMark = mark;
        if (_wantedUp && !device.IsUp)
        {
            device.Logger.InterfaceUp(udp.Port);
            device.Up(control.Step());
        }
        return 0;
    }
}
