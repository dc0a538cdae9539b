namespace PfsVpn.Udp;

/// <summary>One family's socket with all that goes with it, shared by the <see cref="WindowsUdpSocket"/>s that are opened one beside the other on it.</summary>
/// <remarks>
/// Why shared: Windows does not let a port that is held exclusively be bound a second time, not even by the same program. What a new binding changes besides, interface and source, is no
/// matter of binding there.
/// Ownership: counted; whoever made or got one releases it once, and the last closes the socket. Threading: any.
/// </remarks>
internal sealed class WindowsUdpChannel
{
    private readonly Lock _lock = new();
    private int _references = 1;
    private volatile uint _interface;

    /// <summary>Takes a port, with one reference.</summary>
    public WindowsUdpChannel(IWinsockPort port, WindowsUdpAbilities abilities)
    {
        Port = port;
        Abilities = abilities;
        Intake = new WindowsIntake(port, abilities);
    }

    /// <summary>The socket.</summary>
    public IWinsockPort Port { get; }

    /// <summary>What its system does.</summary>
    public WindowsUdpAbilities Abilities { get; }

    /// <summary>Its receiving side.</summary>
    public WindowsIntake Intake { get; }

    /// <summary>The interface by which its datagrams leave, 0 for what the routing table says.</summary>
    public uint Interface => _interface;

    /// <summary>Has datagrams leave by an interface from now on. Where the system refuses, the one before stays.</summary>
    public void SetInterface(uint index)
    {
        lock (_lock)
            if (index != _interface && Port.SetInterface(index)) _interface = index;
    }

    /// <summary>Takes one more reference; false where the socket is closed.</summary>
    public bool TryAddReference()
    {
        lock (_lock)
        {
            if (_references == 0) return false;
            _references++;
            return true;
        }
    }

    /// <summary>Gives a reference back.</summary>
    public void Release()
    {
        lock (_lock)
            if (--_references != 0) return;
        Port.Dispose();
        Intake.Dispose();
    }
}
