using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>The UDP transport on Linux: one or more sockets of each family on one port, each with a receiver; all is sent by the first of its family.</summary>
/// <remarks>
/// Sizes: a batch of <see cref="LinuxUdpReceiver.BatchSize"/> is filled by one system call; smaller ones take fewer at a time.
/// Threading: as <see cref="IUdpSocket"/> says; Dispose from any thread, also while others are inside: their Wait returns Closed.
/// </remarks>
internal sealed class LinuxUdpSocket : IUdpSocket
{
    /// <summary>How long closing waits for those inside: longer than any system call of theirs takes.</summary>
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromMilliseconds(100);

    private readonly UseGate _gate = new();
    private readonly LinuxSourceCheck _sources = new();
    private readonly LinuxUdpOffloads _offloads;
    private readonly LinuxUdpReceiver[] _receivers;
    private readonly int[] _descriptors;
    private readonly int _v4;
    private readonly int _v6;
    private readonly string _device;
    private readonly uint _deviceIndex;
    private volatile uint _mark;
    private int _gates;

    /// <summary>Takes bound descriptors, the same number of each family, -1 where the host does not have one.</summary>
    internal LinuxUdpSocket(ReadOnlySpan<int> v4, ReadOnlySpan<int> v6, LinuxUdpOffloads offloads, ushort port, uint mark, string device = "")
    {
        _descriptors = [.. v4, .. v6];
        _v4 = v4[0];
        _v6 = v6[0];
        _offloads = offloads;
        _mark = mark;
        _device = device;
        _deviceIndex = device.Length == 0 ? 0 : LinuxUdpDescriptor.IndexOf(device);
        Port = port;
        _gates = _descriptors.Length + 1;
        _receivers = OpenReceivers();
    }

    /// <inheritdoc/>
    public ushort Port { get; }

    /// <inheritdoc/>
    public IReadOnlyList<IUdpReceiver> Receivers => _receivers;

    /// <inheritdoc/>
    public UdpOffloads Offloads => _offloads.Present;

    /// <summary>Whether there is an IPv4 socket.</summary>
    public bool HasV4 => _v4 >= 0;

    /// <summary>Whether there is an IPv6 socket.</summary>
    public bool HasV6 => _v6 >= 0;

    /// <inheritdoc/>
    public int SetMark(uint mark)
    {
        if (!_gate.TryEnter()) return Libc.EBADF;
        var errno = 0;
        foreach (var descriptor in _descriptors)
            if (errno == 0) errno = LinuxUdpDescriptor.SetMark(descriptor, mark);
        if (errno == 0) _mark = mark;
        Leave();
        return errno;
    }

    /// <inheritdoc/>
    public UdpSendResult Send(PacketBatch batch, int first, int count, Endpoint endpoint)
    {
        if (!_gate.TryEnter()) return UdpSendResult.Failed;
        var descriptor = endpoint.Remote.Address.IsV4 ? _v4 : _v6;
        var result = descriptor < 0 ? LinuxUdpSender.Current.RefuseFamily() : LinuxUdpSender.Current.Send(descriptor, _offloads, batch, first, count, endpoint);
        Leave();
        return result;
    }

    /// <inheritdoc/>
    public UdpSendResult Send(ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos)
    {
        if (!_gate.TryEnter()) return UdpSendResult.Failed;
        var descriptor = endpoint.Remote.Address.IsV4 ? _v4 : _v6;
        var result = descriptor < 0 ? LinuxUdpSender.Current.RefuseFamily() : LinuxUdpSender.Current.Send(descriptor, _offloads, datagram, endpoint, tos);
        Leave();
        return result;
    }

    /// <inheritdoc/>
    public int LastErrno => LinuxUdpSender.Current.LastErrno;

    /// <inheritdoc/>
    public bool IsSourceValid(Endpoint endpoint)
    {
        if (!_gate.TryEnter()) return true;
        var isValid = _sources.IsValid(endpoint, Port, _mark, _deviceIndex);
        Leave();
        return isValid;
    }

    /// <inheritdoc/>
    public bool HoldsDevice() => _device.Length == 0 || LinuxUdpDescriptor.IndexOf(_device) == _deviceIndex;

    /// <inheritdoc/>
    /// <remarks>The kernel looks at its routing table for each datagram.</remarks>
    public void FollowRoutes()
    {
    }

    /// <summary>Lets another socket of the same user be bound beside this one; 0 or an errno.</summary>
    internal int Share()
    {
        if (!_gate.TryEnter()) return Libc.EBADF;
        var errno = 0;
        foreach (var descriptor in _descriptors)
            if (errno == 0 && descriptor >= 0) errno = LinuxUdpDescriptor.Share(descriptor);
        Leave();
        return errno;
    }

    /// <summary>Whether the descriptors are closed, and the port is free again.</summary>
    internal bool IsReleased => Volatile.Read(ref _gates) == 0;

    /// <summary>Closes the sockets as soon as no call is inside any more, and waits for that: the port can be had again at once.</summary>
    /// <remarks>Running Waits return Closed, and receives that wait end. A thread that is held up longer than any system call takes closes later.</remarks>
    public void Dispose()
    {
        foreach (var receiver in _receivers) receiver.Dispose();
        EndReceives();
        if (_gate.Close()) ReleaseSender();
        SpinWait.SpinUntil(() => IsReleased, LeaveLimit);
    }

    /// <summary>Wakes those who wait inside a receive.</summary>
    private void EndReceives()
    {
        if (!_gate.TryEnter()) return;
        foreach (var descriptor in _descriptors)
        {
            // It answers ENOTCONN, and wakes nevertheless.
            if (descriptor >= 0) _ = Libc.shutdown(descriptor, Libc.SHUT_RD);
        }
        Leave();
    }

    private LinuxUdpReceiver[] OpenReceivers()
    {
        var receivers = new LinuxUdpReceiver[_descriptors.Length];
        var opened = 0;
        try
        {
            for (; opened < receivers.Length; opened++) receivers[opened] = new LinuxUdpReceiver(_descriptors[opened], Release);
            return receivers;
        }
        catch (IOException)
        {
            // Each opens an eventfd. The descriptors stay the caller's: the gate of the senders was not closed.
            foreach (var receiver in receivers.AsSpan(0, opened)) receiver.Dispose();
            _sources.Dispose();
            throw;
        }
    }

    private void Leave()
    {
        if (_gate.Exit()) ReleaseSender();
    }

    private void ReleaseSender()
    {
        _sources.Dispose();
        Release();
    }

    /// <summary>One gate is closed and empty; the last one closes the descriptors.</summary>
    /// <remarks>Safety: senders and receivers have gates of their own, so that receivers do not share a counter, yet share descriptors.</remarks>
    private void Release()
    {
        if (Interlocked.Decrement(ref _gates) != 0) return;
        foreach (var descriptor in _descriptors)
            if (descriptor >= 0) _ = Libc.close(descriptor);
    }
}
