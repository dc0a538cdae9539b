using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

/// <summary>A TUN named wgtest0 in a namespace, a monitor on it, and a thread that waits on it as a pump does.</summary>
internal sealed class Tunnel : IDisposable
{
    private readonly LinkEvents _events = new();
    private readonly Thread _pump;
    private LinkState? _state;

    /// <param name="home">Where the tunnel and its monitor are made.</param>
    /// <param name="before">Runs on the thread that makes the monitor, before it does.</param>
    public Tunnel(NetworkNamespace home, Action? before = null)
    {
        Device = home.Run(() => LinuxTunDevice.Create("wgtest0"));
        (Monitor, Starter) = home.Run(() =>
        {
            before?.Invoke();
            var monitor = new LinuxLinkMonitor(Device);
            return (monitor, before);
        });
        _pump = new Thread(() =>
        {
            while (Device.Wait() == WaitResult.Readable) Drain();
        });
    }

    public LinuxTunDevice Device { get; }

    public LinuxLinkMonitor Monitor { get; }

    public LinkEvents Events => _events;

    private Action? Starter { get; }

    /// <summary>Starts the monitor and waits for its first reports.</summary>
    public void Start(params string[] first)
    {
        var thread = new Thread(() =>
        {
            Starter?.Invoke();
            Monitor.Start(_state is null ? _events : _state);
        });
        thread.Start();
        thread.Join();
        _pump.Start();
        _events.Expect(first);
    }

    /// <summary>Has the first report block until the gate opens, and keeps the state instead of the events.</summary>
    public void BlockObserverOn(ManualResetEventSlim gate) => _state = new LinkState(gate);

    /// <summary>Waits until what was reported amounts to a state.</summary>
    public void WaitFor(Func<LinkState, bool> condition) => _state!.WaitFor(condition);

    /// <summary>Moves the interface, which is up, to the second namespace, the third, the second again, and home; changes it in each.</summary>
    public void MoveAround(NetworkNamespace home, NetworkNamespace second, NetworkNamespace third)
    {
        home.Ip($"link set wgtest0 netns {second.Name}");
        Events.Expect("down", "moved");
        second.Ip("link set wgtest0 up");
        Events.Expect("up");
        second.Ip("link set wgtest0 mtu 1300");
        Events.Expect("mtu 1300");
        second.Ip("link set wgtest0 down");
        Events.Expect("down");
        second.Ip($"link set wgtest0 netns {third.Name}");
        Events.Expect("moved");
        third.Ip("link set wgtest0 mtu 1400");
        Events.Expect("mtu 1400");
        third.Ip("link set wgtest0 up");
        Events.Expect("up");
        third.Ip("link set wgtest0 down");
        Events.Expect("down");
        third.Ip($"link set wgtest0 netns {second.Name}");
        Events.Expect("moved");
        second.Ip("link set wgtest0 up");
        Events.Expect("up");
        second.Ip("link set wgtest0 down");
        Events.Expect("down");

        second.Ip($"link set wgtest0 netns {home.Name}");
        Events.Expect("moved");
        home.Ip("link set wgtest0 up");
        Events.Expect("up");
    }

    public void Dispose()
    {
        Monitor.Dispose();
        Device.Dispose();
        if (_pump.IsAlive) _pump.Join();
        _events.Dispose();
    }

    private void Drain()
    {
        using var batch = new PfsVpn.Packets.PacketBatch(2 * LinuxTunDevice.RoomForOnePacket, 64);
        while (Device.Read(batch) > 0) batch.Clear();
    }
}
