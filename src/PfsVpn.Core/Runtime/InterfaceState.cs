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
    private bool _bindFailed;

    /// <summary>The interface is up: opens the socket and wakes the peers. A port that is taken leaves the device down, and the log says so.</summary>
    public void GoUp()
    {
        _wantedUp = true;
        if (device.IsUp) return;
        try
        {
            udp.Replace(sockets.Open(Binding(device.ListenPort)));
        }
        catch (UdpBindException taken)
        {
            if (!_bindFailed) device.Logger.BindFailed(taken.Message);
            _bindFailed = true;
            return;
        }
        _bindFailed = false;
        device.Logger.InterfaceUp(udp.Port);
        device.Up(control.Step());
    }

    /// <summary>The interface is down: every session ends, and the socket closes.</summary>
    public void GoDown()
    {
        _wantedUp = false;
        _bindFailed = false;
        if (!device.IsUp) return;
        if (udp.Port != 0) device.ListenPort = udp.Port;
        device.Down();
        udp.Replace(null);
        device.Logger.InterfaceDown();
    }

    /// <summary>Routes, addresses or interfaces of the host changed.</summary>
    public IEnumerator<bool> ReviewSources()
    {
        ReviewBinding();
        if (udp.Socket is not { } socket) yield break;
        socket.FollowRoutes();
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

    /// <summary>
    /// The interface that the sockets are bound to may have been made anew, with another number, and what could not be bound may be there now. Until then the old socket stays:
    /// it sends nothing by other ways.
    /// </summary>
    private void ReviewBinding()
    {
        if (!_wantedUp || (device.BindDevice.Length == 0 && device.BindAddresses.IsAny)) return;
        if (udp.Socket is null)
        {
            GoUp();
        }
        else if (!udp.Socket.HoldsDevice())
        {
            try
            {
                udp.Replace(sockets.Open(Binding(udp.Port), beside: udp.Socket));
                device.ForgetSources();
            }
            catch (UdpBindException)
            {
                // It is gone, and not yet back.
            }
        }
    }

    private UdpBinding Binding(ushort port) => new(port, device.FirewallMark) { Device = device.BindDevice, Addresses = device.BindAddresses };

    private int ChangeSocket(DeviceChange change)
    {
        var wanted = new UdpBinding(change.ListenPort ?? device.ListenPort, change.FirewallMark ?? device.FirewallMark)
        {
            Device = change.BindDevice ?? device.BindDevice,
            Addresses = change.BindAddresses ?? device.BindAddresses,
        };
        var errno = ChangeSocket(wanted, moves: change.ListenPort is { } port && port != udp.Port);
        if (errno != 0) return errno;
        (device.ListenPort, device.FirewallMark, device.BindDevice, device.BindAddresses) = (wanted.Port, wanted.Mark, wanted.Device, wanted.Addresses);
        if (_wantedUp && !device.IsUp)
        {
            device.Logger.InterfaceUp(udp.Port);
            device.Up(control.Step());
        }
        return 0;
    }

    /// <summary>Opens another socket where the present one cannot become what is wanted; 0 or an errno, and then the present one stays.</summary>
    private int ChangeSocket(UdpBinding wanted, bool moves)
    {
        var rebinds = wanted.Device != device.BindDevice || wanted.Addresses != device.BindAddresses;
        if (_wantedUp && (moves || rebinds || udp.Socket is null))
        {
            try
            {
                // A port that was the system's choice is kept.
                udp.Replace(sockets.Open(moves || udp.Port == 0 ? wanted : wanted with { Port = udp.Port }, beside: udp.Socket));
            }
            catch (UdpBindException taken)
            {
                return taken.Errno == 0 ? EIO : taken.Errno;
            }
            device.ForgetSources();
        }
        else if (wanted.Mark != device.FirewallMark && udp.Socket is { } socket)
        {
            var errno = socket.SetMark(wanted.Mark);
            if (errno != 0) return errno;
            device.ForgetSources();
        }
        return 0;
    }
}
