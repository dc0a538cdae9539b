using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>A TUN device of Linux (IFF_TUN, IFF_NO_PI), with virtio-net headers and the offloads that go with them where the system has them.</summary>
/// <remarks>
/// Threading: as <see cref="ITunDevice"/> says; Dispose from any thread, also while others are inside.
/// References: Documentation/networking/tuntap.rst.
/// </remarks>
internal sealed unsafe class LinuxTunDevice : ITunDevice
{
    /// <summary>The longest packet that a TUN hands over, in bytes.</summary>
    public const int MaxPacketLength = 65_536;

    /// <summary>Free bytes of a batch without which no further packet is read.</summary>
    public const int RoomForOnePacket = PacketBatch.HeaderRoom + MaxPacketLength + PacketBatch.TailRoom + WireLayout.PaddingMultiple;

    /// <summary>The MTU of a new interface: 1500 less 40 (IPv6), 8 (UDP) and 32 (transport message).</summary>
    public const int DefaultMtu = 1420;

    private readonly LinuxTunQueue[] _queues;
    private readonly LinuxTunMode _mode;
    private volatile string _name;
    private volatile int _mtu;
    private volatile bool _isGone;
    private Action? _gone;

    /// <summary>Takes descriptors that are attached and agree on a mode.</summary>
    internal LinuxTunDevice(ReadOnlySpan<int> descriptors, LinuxTunMode mode, string name, int mtu)
    {
        _mode = mode;
        _name = name;
        _mtu = mtu;
        Coalescing = new CoalescingState(mode.Gro, mode.Gro && mode.Uso);
        _queues = new LinuxTunQueue[descriptors.Length];
        for (var index = 0; index < descriptors.Length; index++) _queues[index] = new LinuxTunQueue(this, descriptors[index], mode.HasHeaders);
    }

    /// <inheritdoc/>
    public string Name => _name;

    /// <inheritdoc/>
    public int Mtu => _mtu;

    /// <inheritdoc/>
    public IReadOnlyList<ITunQueue> Queues => _queues;

    /// <inheritdoc/>
    public TunOffloads Offloads => new(_mode.HasHeaders, _mode.Tso, _mode.Uso, Coalescing.Tcp, Coalescing.Udp, _queues.Length);

    /// <summary>Whether a call has found that the interface exists no more.</summary>
    internal bool IsGone => _isGone;

    /// <summary>What the writers coalesce.</summary>
    internal CoalescingState Coalescing { get; }

    /// <summary>Creates an interface, or attaches to a persistent one that nobody has.</summary>
    /// <param name="name">1 to 15 bytes; one %d in it is replaced by the first free number.</param>
    /// <param name="mtu">Bytes, 68 to 65,535.</param>
    /// <param name="offloads">What may be used; null: all.</param>
    /// <param name="queueCount">Queues, 1 to 256. A persistent interface that was made with one keeps to one.</param>
    /// <exception cref="TunException">The system refuses; the message says what to do.</exception>
    public static LinuxTunDevice Create(string name, int mtu = DefaultMtu, TunOffloadOptions? offloads = null, int queueCount = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(queueCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(queueCount, 256);
        offloads ??= TunOffloadOptions.All;
        var descriptors = new List<int> { LinuxTunSetup.Open(name, LinuxTunMode.WantsHeaders(offloads), queueCount > 1, out var flags) };
        try
        {
            var given = LinuxTunSetup.ReadName(descriptors[0]) ?? throw new TunException($"The interface {name} was deleted while it was being created.", Libc.EBADFD);
            var mode = LinuxTunMode.Negotiate(descriptors[0], (flags & Libc.IFF_VNET_HDR) != 0, offloads);
            if ((flags & Libc.IFF_MULTI_QUEUE) != 0)
            {
                while (descriptors.Count < queueCount && LinuxTunSetup.TryOpenAnother(given, flags, out var another)) descriptors.Add(another);
            }
            LinuxTunSetup.SetMtu(given, mtu);
            var device = new LinuxTunDevice(CollectionsMarshal.AsSpan(descriptors), mode, given, mtu);
            if (mode.Tso) LinuxGsoLimit.Apply(device, mtu);
            return device;
        }
        catch
        {
            foreach (var descriptor in descriptors) _ = Libc.close(descriptor);
            throw;
        }
    }

    /// <summary>Takes a TUN descriptor that another program opened (WG_TUN_FD). It may already be in another namespace.</summary>
    /// <remarks>
    /// With or without virtio-net headers: as it was opened. Offloads are set only where it has them.
    /// Ownership: the descriptor is the device's from here on, and still the caller's where this throws.
    /// </remarks>
    /// <param name="descriptor">An attached descriptor of /dev/net/tun.</param>
    /// <param name="offloads">What may be used; null: all.</param>
    /// <param name="mtu">Bytes, for an interface in a namespace that we have no right to ask.</param>
    /// <exception cref="TunException">It is no TUN.</exception>
    public static LinuxTunDevice FromDescriptor(int descriptor, TunOffloadOptions? offloads = null, int mtu = DefaultMtu)
    {
        var flags = LinuxTunSetup.Adopt(descriptor);
        var name = LinuxTunSetup.ReadName(descriptor) ?? throw new TunException($"The interface of descriptor {descriptor} was deleted.", Libc.EBADFD);
        var mode = LinuxTunMode.Negotiate(descriptor, (flags & Libc.IFF_VNET_HDR) != 0, offloads ?? TunOffloadOptions.All);
        var device = new LinuxTunDevice([descriptor], mode, name, mtu);
        using var locator = new LinuxLinkLocator();
        if (locator.ReadMtu(device) is { } known) device.SetMtu(known);
        if (mode.Tso) locator.SetGsoLimit(device, device.Mtu);
        return device;
    }

    /// <inheritdoc/>
    public ITunWriter OpenWriter() => new LinuxTunWriter(this, _queues, _mode.HasHeaders);

    /// <summary>Closes the device, which ends an interface that is not persistent. Running waits return Closed first.</summary>
    public void Dispose()
    {
        foreach (var queue in _queues) queue.Dispose();
    }

    /// <summary>Registers what to call, on whatever thread finds out, when the interface exists no more.</summary>
    internal void WhenGone(Action action)
    {
        Volatile.Write(ref _gone, action);
        if (_isGone) action();
    }

    /// <summary>For the queues and writers: the interface exists no more.</summary>
    internal void NoteGone()
    {
        _isGone = true;
        Volatile.Read(ref _gone)?.Invoke();
    }

    /// <summary>For the link monitor: publishes a new MTU.</summary>
    internal void SetMtu(int mtu) => _mtu = mtu;

    /// <summary>For the link monitor: publishes a new name.</summary>
    internal void SetName(string name) => _name = name;

    /// <summary>An ioctl on the first queue's descriptor; its result, or a negative errno (EBADFD once the device is closed or gone).</summary>
    internal int Control(uint request, void* argument)
    {
        if (!_queues[0].TryEnter(out var descriptor)) return -Libc.EBADFD;
        var result = Libc.ioctl(descriptor, request, argument);
        if (result < 0) result = -Marshal.GetLastPInvokeError();
        _queues[0].Leave();
        return result;
    }
}
