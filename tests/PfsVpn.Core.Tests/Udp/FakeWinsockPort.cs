using System.Collections.Concurrent;
using PfsVpn.Interop.Windows;
using PfsVpn.Packets;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Udp;

/// <summary>A socket of Windows without Windows: keeps what is sent, and gives what the test has arrive.</summary>
internal sealed unsafe class FakeWinsockPort : IWinsockPort
{
    private readonly ConcurrentQueue<Arrival> _arrivals = new();
    private readonly Queue<int> _sendErrors = new();
    private readonly AutoResetEvent _interrupt = new(false);
    private readonly AutoResetEvent _arrived = new(false);
    private Ws2_32.WSAMSG* _pending;
    private volatile bool _isPending;
    private int _pendingError;
    private int _pendingLength;

    /// <summary>A datagram, or an error.</summary>
    public sealed record Arrival(byte[] Data, EndpointAddress From, LocalSource Local = default, int Segment = 0, byte Ecn = 0, int Error = 0);

    /// <summary>A message that was sent.</summary>
    public sealed record Departure(byte[] Data, EndpointAddress To, LocalSource Named, byte Ecn, int Segment, int Parts);

    public List<Departure> Sent { get; } = [];

    /// <summary>Decides the error of a message, before <see cref="RefuseNext"/>.</summary>
    public Func<Departure, int>? Judge { get; set; }

    public List<uint> Interfaces { get; } = [];

    public bool RefusesInterfaces { get; set; }

    public int RoomWaits { get; private set; }

    public bool HasRoom { get; set; } = true;

    public int Begun { get; private set; }

    public int BeginError { get; set; }

    /// <summary>Called when a datagram was received without waiting.</summary>
    public Action? Received { get; set; }

    public bool IsDisposed { get; private set; }

    public bool IsPending => _isPending;

    public void RefuseNext(params int[] errors) => Array.ForEach(errors, _sendErrors.Enqueue);

    public void Arrive(Arrival arrival)
    {
        if (_isPending) Complete(arrival);
        else _arrivals.Enqueue(arrival);
    }

    /// <summary>Ends the pending receive as the end of its thread does.</summary>
    public void Abort() => Complete(new Arrival([], default, Error: WinsockError.WSA_OPERATION_ABORTED));

    public int Send(Ws2_32.WSAMSG* message)
    {
        var data = new List<byte>();
        for (var part = 0; part < message->dwBufferCount; part++) data.AddRange(new ReadOnlySpan<byte>(message->lpBuffers[part].buf, (int)message->lpBuffers[part].len));
        var (named, ecn, segment) = ReadNamed(message->Control);
        var departure = new Departure([.. data], WindowsSocketAddress.Read((byte*)message->name), named, ecn, segment, (int)message->dwBufferCount);
        var error = Judge?.Invoke(departure) ?? 0;
        if (error == 0 && _sendErrors.TryDequeue(out var next)) error = next;
        if (error == 0) Sent.Add(departure);
        return error;
    }

    public bool WaitForRoom(int milliseconds)
    {
        RoomWaits++;
        return HasRoom;
    }

    public int Receive(Ws2_32.WSAMSG* message, out int length)
    {
        Assert.False(_isPending, "A receive is pending.");
        length = 0;
        if (!_arrivals.TryDequeue(out var arrival)) return WinsockError.WSAEWOULDBLOCK;
        length = Write(message, arrival);
        Received?.Invoke();
        return arrival.Error;
    }

    public int Begin(Ws2_32.WSAMSG* message)
    {
        Assert.False(_isPending);
        if (BeginError != 0) return BeginError;
        Begun++;
        _arrived.Reset();
        _pending = message;
        _isPending = true;
        if (_arrivals.TryDequeue(out var arrival)) Complete(arrival);
        return 0;
    }

    public int End(out int length)
    {
        Assert.False(_isPending);
        length = _pendingLength;
        return _pendingError;
    }

    public WaitResult WaitForDatagram(int milliseconds) => _arrived.WaitOne(milliseconds) ? WaitResult.Readable : WaitResult.TimedOut;

    public WaitResult Wait() => WaitHandle.WaitAny([_interrupt, _arrived]) == 0 ? WaitResult.Interrupted : WaitResult.Readable;

    public void Interrupt() => _interrupt.Set();

    public bool SetInterface(uint index)
    {
        if (!RefusesInterfaces) Interfaces.Add(index);
        return !RefusesInterfaces;
    }

    public void Dispose() => IsDisposed = true;

    private void Complete(Arrival arrival)
    {
        _pendingLength = Write(_pending, arrival);
        _pendingError = arrival.Error;
        _isPending = false;
        _arrived.Set();
    }

    private static int Write(Ws2_32.WSAMSG* message, Arrival arrival)
    {
        arrival.Data.CopyTo(new Span<byte>(message->lpBuffers[0].buf, (int)message->lpBuffers[0].len));
        if (arrival.Error != 0) return 0;
        message->namelen = WindowsSocketAddress.Write((byte*)message->name, arrival.From);
        var control = message->Control.buf;
        var isV4 = arrival.From.Address.IsV4;
        var length = WindowsControlMessages.WriteSource(control, isV4, arrival.Local.Address, arrival.Local.InterfaceIndex);
        length += WindowsControlMessages.WriteEcn(control + length, isV4, arrival.Ecn);
        if (arrival.Segment != 0)
        {
            // Of the type that arrives rather than the one that is sent.
            var at = control + length;
            length += WindowsControlMessages.WriteSegmentLength(at, arrival.Segment);
            ((Ws2_32.WSACMSGHDR*)at)->cmsg_type = Ws2_32.UDP_COALESCED_INFO;
        }
        message->Control.len = (uint)length;
        return arrival.Data.Length;
    }

    private static (LocalSource Named, byte Ecn, int Segment) ReadNamed(Ws2_32.WSABUF control)
    {
        var copy = new ReadOnlySpan<byte>(control.buf, (int)control.len).ToArray();
        fixed (byte* start = copy)
        {
            for (var at = start; at < start + copy.Length; at += ((int)((Ws2_32.WSACMSGHDR*)at)->cmsg_len + 7) & ~7)
            {
                var header = (Ws2_32.WSACMSGHDR*)at;
                if (header->cmsg_level == Ws2_32.IPPROTO_UDP && header->cmsg_type == Ws2_32.UDP_SEND_MSG_SIZE) header->cmsg_type = Ws2_32.UDP_COALESCED_INFO;
            }
            WindowsControlMessages.Read(start, (uint)copy.Length, out var named, out var ecn, out var segment);
            return (named, ecn, segment);
        }
    }
}
