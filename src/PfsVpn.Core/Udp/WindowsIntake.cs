using PfsVpn.Interop.Windows;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Udp;

/// <summary>Receives from one socket of Windows into batches.</summary>
/// <remarks>
/// While datagrams come, each is received straight into the batch, one behind the other, nothing copied. When none is there, one receive is left pending with a buffer that is not
/// the batch's, because a batch is wiped while its pump waits: its end is what is waited for, and the first datagram after a wait is the only one that is copied.
/// While that receive is pending nothing else can be there, since it would have taken it; so the order of datagrams is kept.
/// Sizes: takes as many as the batch has room for, each of up to 65,536 bytes; none is ever truncated. The last one that a batch takes needs that room whatever its length is.
/// Threading: one thread, but for <see cref="Interrupt"/> and <see cref="Device"/>. Outlives its sockets, see <see cref="WindowsUdpChannel"/>.
/// </remarks>
internal sealed unsafe class WindowsIntake : IDisposable
{
    /// <summary>Datagrams that arrive as one, at most: with shorter segments it is no run of messages.</summary>
    public const int MaxSegments = WindowsReceiveSlot.MaxLength / MessageSizes.DataMinimum;

    /// <summary>A few of the longest runs, or many single datagrams: more would not stay in the caches.</summary>
    public static readonly UdpBatchSize BatchSize = new(4 * Stride(WindowsReceiveSlot.MaxLength), MaxDatagrams: 64, 2 * MaxSegments);

    /// <summary>How long a receive that may wait does so.</summary>
    private const int BriefMilliseconds = 10;

    /// <summary>What one call passes over at most: errors of the socket, each of which is an ICMP message about something that was sent, and datagrams that came by a wrong interface.</summary>
    private const int MaxPassedOver = 16;

    private const int CacheLine = 64;

    private readonly IWinsockPort _port;
    private readonly WindowsUdpAbilities _abilities;
    private readonly WindowsReceiveSlot _direct = new(withBuffer: false);
    private readonly WindowsReceiveSlot _pending = new(withBuffer: true);
    private volatile uint _device;
    private bool _begun;
    private int _next;
    private int _segments;

    /// <summary>Receives from a port, which stays open longer.</summary>
    public WindowsIntake(IWinsockPort port, WindowsUdpAbilities abilities)
    {
        _port = port;
        _abilities = abilities;
    }

    /// <summary>The interface by which datagrams must have come, 0 for any.</summary>
    public uint Device
    {
        get => _device;
        set => _device = value;
    }

    /// <summary>Appends datagrams to an empty batch; returns how many. Waits for some milliseconds where it may and none is there.</summary>
    public int Receive(PacketBatch batch, bool mayWait)
    {
        (_next, _segments) = (PacketBatch.HeaderRoom, 0);
        if (!HasRoom(batch)) return 0;
        if (!_begun) Drain(batch);
        if (batch.Count > 0 || !Await(mayWait)) return batch.Count;
        TakePending(batch);
        Drain(batch);
        return batch.Count;
    }

    /// <summary>Blocks until a datagram is there, or an interrupt.</summary>
    public WaitResult Wait()
    {
        if (Begin()) return _port.Wait();

        // It refuses for good, so it seems: asked again, but not at every moment.
        _ = _port.WaitForDatagram(BriefMilliseconds);
        return WaitResult.Readable;
    }

    /// <summary>Makes the current or the next <see cref="Wait"/> return.</summary>
    public void Interrupt() => _port.Interrupt();

    /// <summary>Frees the memory; the port is closed already.</summary>
    public void Dispose()
    {
        _direct.Dispose();
        _pending.Dispose();
    }

    /// <summary>Whether the pending receive has ended; without one, or where it may not wait, whether it had.</summary>
    private bool Await(bool mayWait)
    {
        if (mayWait && Begin()) _ = _port.WaitForDatagram(BriefMilliseconds);
        return _begun && !_port.IsPending;
    }

    /// <summary>Leaves a receive pending, unless there is one; false where the socket refuses.</summary>
    private bool Begin()
    {
        for (var errors = 0; !_begun && errors < MaxPassedOver; errors++) _begun = _port.Begin(_pending.Prepare(_pending.Buffer)) == 0;
        return _begun;
    }

    private void TakePending(PacketBatch batch)
    {
        _begun = false;
        if (_port.End(out var length) != 0) return;
        Buffer.MemoryCopy(_pending.Buffer, batch.Memory + _next, WindowsReceiveSlot.MaxLength, length);
        Deliver(batch, _pending, length);
    }

    private void Drain(PacketBatch batch)
    {
        for (var passedOver = 0; passedOver < MaxPassedOver && HasRoom(batch);)
        {
            var error = _port.Receive(_direct.Prepare(batch.Memory + _next), out var length);
            if (error == WinsockError.WSAEWOULDBLOCK) return;
            if (error != 0 || !Deliver(batch, _direct, length)) passedOver++;
        }
    }

    private bool HasRoom(PacketBatch batch) =>
        batch.Count < batch.MaxPackets && _next + WindowsReceiveSlot.MaxLength + PacketBatch.TailRoom <= batch.CapacityInBytes
        && (batch.Count == 0 || batch.MaxOutputs - _segments >= (_abilities.Gro ? MaxSegments : 1));

    /// <summary>Appends a datagram to the batch; false where it came by a wrong interface.</summary>
    private bool Deliver(PacketBatch batch, WindowsReceiveSlot slot, int length)
    {
        var source = slot.Read(out var tos, out var segment);
        batch.UsedBytes = Math.Max(batch.UsedBytes, _next + length + PacketBatch.TailRoom);
        if (_device != 0 && source.Local.InterfaceIndex != _device) return false;
        if (segment == 0 && _abilities.Gro) segment = UnlabelledRun.FindStride(new ReadOnlySpan<byte>(batch.Memory + _next, length));
        var stride = segment < length && segment >= MessageSizes.DataMinimum ? segment : 0;
        batch.Sources[batch.Count] = source;
        batch.TryAdd(_next, length, stride, tos);
        _segments += stride == 0 ? 1 : (length + stride - 1) / stride;
        _next += Stride(length);
        return true;
    }

    /// <summary>Bytes to the next datagram: an odd number of cache lines, so that the starts of the packets do not fall into the same cache sets.</summary>
    private static int Stride(int length) => (((length + PacketBatch.HeaderRoom + PacketBatch.TailRoom + CacheLine - 1) / CacheLine) | 1) * CacheLine;
}
