using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>A TUN device of Linux: bare IP packets (IFF_TUN, IFF_NO_PI), one system call each.</summary>
/// <remarks>
/// Sizes: a batch for <see cref="Read"/> needs <see cref="RoomForOnePacket"/> bytes more than the packets it is meant to gather, as the kernel
/// truncates a packet that is longer than the buffer and the MTU may be raised to 65,535 while the device runs.
/// Threading: as <see cref="ITunDevice"/> says; Dispose from any thread, also while others are inside.
/// References: Documentation/networking/tuntap.rst.
/// </remarks>
public sealed unsafe class LinuxTunDevice : ITunDevice, ITunQueue, ITunWriter
{
    /// <summary>The longest packet that a TUN hands over, in bytes.</summary>
    public const int MaxPacketLength = 65_536;

    /// <summary>Free bytes of a batch without which no further packet is read.</summary>
    public const int RoomForOnePacket = PacketBatch.HeaderRoom + MaxPacketLength + PacketBatch.TailRoom + PacketAlignment;

    /// <summary>The MTU of a new interface: 1500 less 40 (IPv6), 8 (UDP) and 32 (transport message).</summary>
    public const int DefaultMtu = 1420;

    private const int PacketAlignment = 16;
    private readonly UseGate _gate = new();
    private readonly WakeEvent _interrupt = new();
    private readonly int _descriptor;
    private volatile string _name;
    private volatile int _mtu;
    private volatile bool _isGone;
    private Action? _gone;

    private LinuxTunDevice(int descriptor, string name, int mtu)
    {
        _descriptor = descriptor;
        _name = name;
        _mtu = mtu;
    }

    /// <inheritdoc/>
    public string Name => _name;

    /// <inheritdoc/>
    public int Mtu => _mtu;

    /// <inheritdoc/>
    public IReadOnlyList<ITunQueue> Queues => [this];

    /// <inheritdoc/>
    public bool IsDrained { get; private set; }

    /// <inheritdoc/>
    public ITunWriter OpenWriter() => this;

    /// <summary>Whether a call has found that the interface exists no more.</summary>
    internal bool IsGone => _isGone;

    /// <summary>Creates an interface, or attaches to a persistent one that nobody has.</summary>
    /// <param name="name">1 to 15 bytes; one %d in it is replaced by the first free number.</param>
    /// <param name="mtu">Bytes, 68 to 65,535.</param>
    /// <exception cref="TunException">The system refuses; the message says what to do.</exception>
    public static LinuxTunDevice Create(string name, int mtu = DefaultMtu)
    {
        var descriptor = LinuxTunSetup.Open(name);
        try
        {
            var given = LinuxTunSetup.ReadName(descriptor) ?? throw new TunException($"The interface {name} was deleted while it was being created.", Libc.EBADFD);
            LinuxTunSetup.SetMtu(given, mtu);
            return new LinuxTunDevice(descriptor, given, mtu);
        }
        catch
        {
            _ = Libc.close(descriptor);
            throw;
        }
    }

    /// <summary>Takes a TUN descriptor that another program opened (WG_TUN_FD). It may already be in another namespace.</summary>
    /// <remarks>Ownership: the descriptor is the device's from here on, and still the caller's where this throws.</remarks>
    /// <exception cref="TunException">It is no TUN, or one with headers before its packets.</exception>
    public static LinuxTunDevice FromDescriptor(int descriptor)
    {
        LinuxTunSetup.Adopt(descriptor);
        var name = LinuxTunSetup.ReadName(descriptor) ?? throw new TunException($"The interface of descriptor {descriptor} was deleted.", Libc.EBADFD);
        var device = new LinuxTunDevice(descriptor, name, DefaultMtu);
        using var locator = new LinuxLinkLocator();
        if (locator.ReadMtu(device) is { } mtu) device.SetMtu(mtu);
        return device;
    }

    /// <inheritdoc/>
    public int Read(PacketBatch batch)
    {
        if (_isGone || !_gate.TryEnter()) return -1;
        var offset = PacketBatch.HeaderRoom;
        var errno = 0;
        batch.Mtu = _mtu;
        while (batch.Count < batch.MaxPackets && batch.CapacityInBytes - offset >= MaxPacketLength + PacketBatch.TailRoom)
        {
            var length = (int)Libc.read(_descriptor, batch.Memory + offset, MaxPacketLength);
            if (length < 0 && (errno = Marshal.GetLastPInvokeError()) == Libc.EINTR) continue;
            if (length <= 0) break;
            batch.TryAdd(offset, length);
            batch.UsedBytes = Math.Max(batch.UsedBytes, offset + length + PacketBatch.TailRoom);
            offset = Align(offset + length + PacketBatch.TailRoom) + PacketBatch.HeaderRoom;
        }
        Leave();
        IsDrained = errno != 0;
        if (batch.Count > 0 || !MeansGone(errno)) return batch.Count;
        NoteGone();
        return -1;
    }

    /// <inheritdoc/>
    public WaitResult Wait(int milliseconds = -1)
    {
        if (_isGone || !_gate.TryEnter()) return WaitResult.Closed;
        var result = WaitInside(milliseconds);
        Leave();
        if (result == WaitResult.Closed) NoteGone();
        return result;
    }

    /// <inheritdoc/>
    public int Write(PacketBatch batch)
    {
        if (_isGone || !_gate.TryEnter()) return 0;
        var written = 0;
        var errno = 0;
        for (var index = 0; index < batch.OutputCount && !MeansGone(errno); index++)
        {
            var packet = batch.Output[index];
            errno = WriteOne(batch.Memory + packet.Offset, packet.Length);
            if (errno == 0) written++;
        }
        Leave();
        if (MeansGone(errno)) NoteGone();
        return written;
    }

    /// <inheritdoc/>
    public void Interrupt() => _interrupt.Set();

    /// <summary>Closes the device, which ends an interface that is not persistent. A running Wait returns Closed first.</summary>
    public void Dispose()
    {
        var last = _gate.Close();
        _interrupt.Set();
        if (last) Release();
    }

    /// <summary>Registers what to call, on whatever thread finds out, when the interface exists no more.</summary>
    internal void WhenGone(Action action)
    {
        Volatile.Write(ref _gone, action);
        if (_isGone) action();
    }

    /// <summary>For the link monitor: publishes a new MTU.</summary>
    internal void SetMtu(int mtu) => _mtu = mtu;

    /// <summary>For the link monitor: publishes a new name.</summary>
    internal void SetName(string name) => _name = name;

    /// <summary>An ioctl on the TUN descriptor; its result, or a negative errno (EBADFD once the device is closed or gone).</summary>
    internal int Control(uint request, void* argument)
    {
        if (!_gate.TryEnter()) return -Libc.EBADFD;
        var result = Libc.ioctl(_descriptor, request, argument);
        if (result < 0) result = -Marshal.GetLastPInvokeError();
        Leave();
        return result;
    }

    private WaitResult WaitInside(int milliseconds)
    {
        var waits = stackalloc Libc.pollfd[2];
        waits[0] = new Libc.pollfd { fd = _descriptor, events = Libc.POLLIN };
        waits[1] = new Libc.pollfd { fd = _interrupt.Descriptor, events = Libc.POLLIN };
        while (!_gate.IsClosed)
        {
            // The only error is EINTR: the arguments are right, and the kernel keeps memory for two descriptors on its stack.
            var ready = Libc.poll(waits, 2, milliseconds);
            if (ready < 0) continue;
            if (ready == 0) return WaitResult.TimedOut;
            if (waits[1].revents != 0)
            {
                if (_gate.IsClosed) break;
                _interrupt.Drain();
                return WaitResult.Interrupted;
            }
            if ((waits[0].revents & (Libc.POLLERR | Libc.POLLHUP | Libc.POLLNVAL)) != 0) break;
            if (waits[0].revents != 0) return WaitResult.Readable;
        }
        return WaitResult.Closed;
    }

    private int WriteOne(byte* packet, int length)
    {
        // EIO: the interface is down. EINVAL: neither IPv4 nor IPv6. Both concern this packet only.
        while (Libc.write(_descriptor, packet, (nuint)length) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Libc.EINTR) return errno;
        }
        return 0;
    }

    private static bool MeansGone(int errno) => errno is Libc.EBADFD or Libc.EBADF;

    private void NoteGone()
    {
        if (_gate.IsClosed) return;
        _isGone = true;
        Volatile.Read(ref _gone)?.Invoke();
    }

    private void Leave()
    {
        if (_gate.Exit()) Release();
    }

    private void Release()
    {
        _ = Libc.close(_descriptor);
        _interrupt.Dispose();
    }

    private static int Align(int offset) => (offset + PacketAlignment - 1) & -PacketAlignment;
}
