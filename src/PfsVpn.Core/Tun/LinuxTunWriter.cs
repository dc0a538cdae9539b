using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>Writes the packets of a batch to a TUN, those of a flow as super-packets, gathered from where they lie.</summary>
/// <remarks>
/// Queues: of several, a flow always goes to the same one, by a hash of its addresses and ports. The kernel learns from that, and sends the flow's other direction out of that
/// queue: a writer that knew only one queue would draw all flows to it.
/// Threading: one thread; any thread's writer may write to any queue. Allocates nothing in steady state.
/// </remarks>
internal sealed unsafe class LinuxTunWriter : ITunWriter
{
    /// <summary>Writes in a row that the kernel refuses as malformed before that kind is coalesced no more.</summary>
    private const int MaxRefusals = 3;

    private readonly LinuxTunDevice _device;
    private readonly LinuxTunQueue[] _queues;
    private readonly int[] _descriptors;
    private readonly TunCoalescer? _coalescer;
    private readonly bool _hasHeaders;
    private Libc.iovec* _parts;
    private int _tcpRefusals;
    private int _udpRefusals;

    internal LinuxTunWriter(LinuxTunDevice device, LinuxTunQueue[] queues, bool hasHeaders)
    {
        _device = device;
        _queues = queues;
        _hasHeaders = hasHeaders;
        _descriptors = new int[queues.Length];
        if (!hasHeaders || !device.Coalescing.IsAny) return;
        _coalescer = new TunCoalescer();
        _parts = (Libc.iovec*)NativeMemory.Alloc(TunCoalescer.MaxParts, (nuint)sizeof(Libc.iovec));
    }

    /// <inheritdoc/>
    public int Write(PacketBatch batch)
    {
        if (_device.IsGone || batch.OutputCount == 0) return 0;
        _descriptors.AsSpan().Fill(-1);
        var written = 0;
        int errno;
        if (_coalescer is null || batch.OutputCount == 1) errno = WriteEach(batch, ref written);
        else errno = WriteGroups(batch, _coalescer, ref written);
        for (var index = 0; index < _queues.Length; index++)
            if (_descriptors[index] >= 0) _queues[index].Leave();
        if (LinuxTunQueue.MeansGone(errno)) _queues[0].NoteGone();
        return written;
    }

    /// <summary>Frees the scratch.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_parts);
        _parts = null;
    }

    private int WriteEach(PacketBatch batch, ref int written)
    {
        for (var index = 0; index < batch.OutputCount; index++)
        {
            var extent = batch.Output[index];
            var packet = batch.Memory + extent.Offset;
            var errno = WriteOne(packet, extent.Length, _queues.Length == 1 ? 0 : FlowPacket.Read(packet, extent.Length).FlowHash);
            if (errno == 0) written++;
            else if (LinuxTunQueue.MeansGone(errno)) return errno;
        }
        return 0;
    }

    private int WriteGroups(PacketBatch batch, TunCoalescer coalescer, ref int written)
    {
        coalescer.Plan(batch, _device.Coalescing.Tcp, _device.Coalescing.Udp);
        for (var index = 0; index < coalescer.GroupCount; index++)
        {
            ref readonly var group = ref coalescer.Groups[index];
            var errno = group.Count == 1 ? WriteSingle(batch, group, ref written) : WriteGroup(batch, coalescer, index, ref written);
            if (LinuxTunQueue.MeansGone(errno)) return errno;
        }
        return 0;
    }

    private int WriteSingle(PacketBatch batch, in PacketGroup group, ref int written)
    {
        var errno = WriteOne(batch.Memory + batch.Output[group.First].Offset, batch.Output[group.First].Length, group.FlowHash);
        if (errno == 0) written++;
        return errno;
    }

    private int WriteGroup(PacketBatch batch, TunCoalescer coalescer, int index, ref int written)
    {
        ref readonly var group = ref coalescer.Groups[index];
        ref readonly var head = ref coalescer.Head(index);
        var descriptor = DescriptorFor(group.FlowHash);
        if (descriptor < 0) return Libc.EBADFD;
        var headers = SuperPacketHeaders.Apply(head, group);
        var count = 1;
        _parts[0] = new Libc.iovec { iov_base = head.Start - VirtioNetHeader.LengthInBytes, iov_len = (nuint)(VirtioNetHeader.LengthInBytes + head.Length) };
        for (var packet = group.First; packet != group.Last; count++)
        {
            packet = coalescer.Next(packet);
            var extent = batch.Output[packet];
            _parts[count] = new Libc.iovec { iov_base = batch.Memory + extent.Offset + head.Headers, iov_len = (nuint)(extent.Length - head.Headers) };
        }
        var errno = Gather(descriptor, count);
        NoteOutcome(head.IsTcp, errno);
        if (errno == 0) written += group.Count;
        if (errno != Libc.EINVAL) return errno;
        headers.Restore();
        return WriteApart(batch, coalescer, group, ref written);
    }

    private int WriteApart(PacketBatch batch, TunCoalescer coalescer, in PacketGroup group, ref int written)
    {
        for (var packet = group.First; ; packet = coalescer.Next(packet))
        {
            var errno = WriteOne(batch.Memory + batch.Output[packet].Offset, batch.Output[packet].Length, group.FlowHash);
            if (errno == 0) written++;
            if (packet == group.Last || LinuxTunQueue.MeansGone(errno)) return errno;
        }
    }

    /// <summary>Writes a packet as it is. EIO says that the interface is down, EINVAL that this is neither IPv4 nor IPv6: both concern this packet only.</summary>
    private int WriteOne(byte* packet, int length, uint flowHash)
    {
        var descriptor = DescriptorFor(flowHash);
        if (descriptor < 0) return Libc.EBADFD;
        if (_hasHeaders)
        {
            packet -= VirtioNetHeader.LengthInBytes;
            length += VirtioNetHeader.LengthInBytes;
            Unsafe.WriteUnaligned(packet, default(VirtioNetHeader));
        }
        while (Libc.write(descriptor, packet, (nuint)length) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Libc.EINTR) return errno;
        }
        return 0;
    }

    private int Gather(int descriptor, int count)
    {
        while (Libc.writev(descriptor, _parts, count) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Libc.EINTR) return errno;
        }
        return 0;
    }

    /// <summary>A kernel that refuses super-packets time and again gets single ones. One refusal may be the packet's fault.</summary>
    private void NoteOutcome(bool isTcp, int errno)
    {
        ref var refusals = ref isTcp ? ref _tcpRefusals : ref _udpRefusals;
        if (errno == 0) refusals = 0;
        else if (errno == Libc.EINVAL && ++refusals == MaxRefusals) _device.Coalescing.SwitchOff(isTcp);
    }

    /// <summary>The descriptor of the queue that a flow belongs to, held until the end of the write; -1 where the device is closed.</summary>
    private int DescriptorFor(uint flowHash)
    {
        var index = _queues.Length == 1 ? 0 : (int)(((ulong)flowHash * (uint)_queues.Length) >> 32);
        if (_descriptors[index] < 0 && _queues[index].TryEnter(out var descriptor)) _descriptors[index] = descriptor;
        return _descriptors[index];
    }
}
