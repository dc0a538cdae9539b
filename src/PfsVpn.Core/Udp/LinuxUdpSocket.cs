using PfsVpn.Interop;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Udp;

/// <summary>The UDP transport on Linux: recvmmsg and sendmmsg on one socket for each family.</summary>
/// <remarks>
/// Sizes: a batch of <see cref="BatchCapacityInBytes"/> bytes and <see cref="MaxDatagramsPerCall"/> packets is filled by one system call;
/// smaller ones take fewer at a time. Pages that no datagram reaches stay untouched.
/// Threading: as <see cref="IUdpSocket"/> says; Dispose from any thread, also while others are inside: their Wait returns Closed.
/// </remarks>
public sealed unsafe class LinuxUdpSocket : IUdpSocket, IUdpReceiver
{
    /// <summary>Bytes of memory of a batch for <see cref="Receive"/>.</summary>
    public const int BatchCapacityInBytes = LinuxUdpReceiver.BatchCapacityInBytes;

    /// <summary>Datagrams received with one system call, at most.</summary>
    public const int MaxDatagramsPerCall = LinuxUdpReceiver.MaxDatagrams;

    /// <summary>Errors of the socket that one Receive passes over: each is an ICMP message about something that was sent.</summary>
    private const int MaxErrorsPerCall = 16;

    private readonly UseGate _gate = new();
    private readonly WakeEvent _interrupt = new();
    private readonly LinuxSourceCheck _sources = new();
    private readonly LinuxUdpReceiver _receiver = new();
    private readonly int _v4;
    private readonly int _v6;
    private volatile uint _mark;
    private bool _v6First;

    /// <summary>Takes bound descriptors, -1 for a family that the host does not have.</summary>
    internal LinuxUdpSocket(int v4, int v6, ushort port, uint mark)
    {
        _v4 = v4;
        _v6 = v6;
        _mark = mark;
        Port = port;
    }

    /// <inheritdoc/>
    public ushort Port { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IUdpReceiver> Receivers => [this];

    /// <summary>Whether there is an IPv4 socket.</summary>
    public bool HasV4 => _v4 >= 0;

    /// <summary>Whether there is an IPv6 socket.</summary>
    public bool HasV6 => _v6 >= 0;

    /// <inheritdoc/>
    public int SetMark(uint mark)
    {
        if (!_gate.TryEnter()) return Libc.EBADF;
        var errno = LinuxUdpOptions.SetMark(_v4, mark);
        if (errno == 0) errno = LinuxUdpOptions.SetMark(_v6, mark);
        if (errno == 0) _mark = mark;
        Leave();
        return errno;
    }

    /// <inheritdoc/>
    public int Receive(PacketBatch batch, bool mayWait = false)
    {
        if (!_gate.TryEnter()) return 0;
        var offset = 0;
        // The families take turns in being first, so that a flood over one cannot silence the other.
        _v6First = !_v6First;
        ReceiveFrom(_v6First ? _v6 : _v4, batch, ref offset);
        ReceiveFrom(_v6First ? _v4 : _v6, batch, ref offset);
        Leave();
        return batch.Count;
    }

    /// <inheritdoc/>
    public WaitResult Wait()
    {
        if (!_gate.TryEnter()) return WaitResult.Closed;
        var result = WaitInside();
        Leave();
        return result;
    }

    /// <inheritdoc/>
    public UdpSendResult Send(PacketBatch batch, int first, int count, Endpoint endpoint)
    {
        if (!_gate.TryEnter()) return UdpSendResult.Failed;
        var descriptor = endpoint.Remote.Address.IsV4 ? _v4 : _v6;
        var result = descriptor < 0 ? UdpSendResult.NoRoute : LinuxUdpSender.Current.Send(descriptor, batch, first, count, endpoint);
        Leave();
        return result;
    }

    /// <inheritdoc/>
    public UdpSendResult Send(ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos)
    {
        if (!_gate.TryEnter()) return UdpSendResult.Failed;
        var descriptor = endpoint.Remote.Address.IsV4 ? _v4 : _v6;
        var result = descriptor < 0 ? UdpSendResult.NoRoute : LinuxUdpSender.Current.Send(descriptor, datagram, endpoint, tos);
        Leave();
        return result;
    }

    /// <inheritdoc/>
    public bool IsSourceValid(Endpoint endpoint)
    {
        if (!_gate.TryEnter()) return true;
        var isValid = _sources.IsValid(endpoint, Port, _mark);
        Leave();
        return isValid;
    }

    /// <inheritdoc/>
    public void Interrupt() => _interrupt.Set();

    /// <summary>Closes both sockets as soon as no call is inside any more. A running Wait returns Closed.</summary>
    public void Dispose()
    {
        var last = _gate.Close();
        _interrupt.Set();
        if (last) Release();
    }

    private void ReceiveFrom(int descriptor, PacketBatch batch, ref int offset)
    {
        if (descriptor < 0) return;
        for (var errors = 0; errors < MaxErrorsPerCall; errors++)
        {
            var received = _receiver.Receive(descriptor, batch, ref offset);
            if (received >= 0 || received == -Libc.EAGAIN) return;
        }
    }

    private WaitResult WaitInside()
    {
        var waits = stackalloc Libc.pollfd[3];
        waits[0] = new Libc.pollfd { fd = _interrupt.Descriptor, events = Libc.POLLIN };
        waits[1] = new Libc.pollfd { fd = _v4, events = Libc.POLLIN };
        waits[2] = new Libc.pollfd { fd = _v6, events = Libc.POLLIN };
        while (!_gate.IsClosed)
        {
            // The only error is EINTR: the arguments are right, and the kernel keeps memory for three descriptors on its stack.
            if (Libc.poll(waits, 3, -1) < 0) continue;
            if (waits[0].revents != 0)
            {
                if (_gate.IsClosed) break;
                _interrupt.Drain();
                return WaitResult.Interrupted;
            }
            // POLLERR as well: Receive fetches the error, and thereby clears it.
            if ((waits[1].revents | waits[2].revents) != 0) return WaitResult.Readable;
        }
        return WaitResult.Closed;
    }

    private void Leave()
    {
        if (_gate.Exit()) Release();
    }

    private void Release()
    {
        if (_v4 >= 0) _ = Libc.close(_v4);
        if (_v6 >= 0) _ = Libc.close(_v6);
        _interrupt.Dispose();
        _sources.Dispose();
        _receiver.Dispose();
    }
}
