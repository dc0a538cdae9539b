using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Slots of a batch's memory for one recvmmsg: each takes a datagram, or a run of them, of any length.</summary>
/// <remarks>
/// A slot has a head, and what does not fit there runs on in a tail behind the heads of all; it is then put together in the tail, whose front is left free
/// for the head's bytes. So small datagrams lie in a few pages at the start of the batch (wiping it is cheap, and so are the caches), and tails that nothing
/// reaches are never touched. With heads that take everything there are no tails, and nothing is ever moved.
/// The headers are laid out once for a batch; between calls only what the kernel changed is set back.
/// Sizes: heads of <see cref="HeadLength"/> bytes, tails of 65,536; each with <see cref="PacketBatch"/>'s rooms.
/// Threading: one thread.
/// </remarks>
internal sealed unsafe class LinuxReceiveSlots : IDisposable
{
    /// <summary>Longer than any datagram, and any run that the kernel makes of them.</summary>
    public const int MaxLength = 65_536;

    private const int Rooms = PacketBatch.HeaderRoom + PacketBatch.TailRoom;
    private const int CacheLine = 64;

    private readonly int _count;
    private readonly Libc.mmsghdr* _messages;
    private readonly Libc.iovec* _parts;
    private readonly byte* _names;
    private readonly byte* _controls;
    private PacketBatch? _batch;
    private int _available;

    /// <summary>Makes <paramref name="count"/> slots with heads of <paramref name="headLength"/> bytes.</summary>
    public LinuxReceiveSlots(int count, int headLength)
    {
        _count = count;
        HeadLength = headLength;
        _messages = (Libc.mmsghdr*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(Libc.mmsghdr));
        _parts = (Libc.iovec*)NativeMemory.AllocZeroed(2 * (nuint)count, (nuint)sizeof(Libc.iovec));
        _names = (byte*)NativeMemory.AllocZeroed((nuint)count, LinuxSocketAddress.Room);
        _controls = (byte*)NativeMemory.AllocZeroed((nuint)count, LinuxControlMessages.Room);
    }

    /// <summary>Bytes of a datagram that lie in its slot's head.</summary>
    public int HeadLength { get; }

    /// <summary>Bytes of a batch in which <paramref name="count"/> slots lie.</summary>
    public static int BytesFor(int count, int headLength) => count * (Stride(headLength) + (headLength < MaxLength ? Stride(MaxLength) : 0));

    /// <summary>Receives into an empty batch; returns how many datagrams or runs, or a negative errno.</summary>
    public int Receive(int descriptor, PacketBatch batch, int flags)
    {
        if (!ReferenceEquals(batch, _batch)) LayOut(batch);
        var received = Libc.recvmmsg(descriptor, _messages, (uint)_available, flags, null);
        return received < 0 ? -Marshal.GetLastPInvokeError() : received;
    }

    /// <summary>Appends what was received to the batch, and sets the headers back. Returns the longest datagram or run.</summary>
    public int Deliver(PacketBatch batch, int received)
    {
        var (longest, end) = (0, 0);
        for (var index = 0; index < received; index++)
        {
            ref var message = ref _messages[index];
            var length = (int)message.msg_len;
            var offset = length > HeadLength ? Assemble(batch.Memory, index) : (index * Stride(HeadLength)) + PacketBatch.HeaderRoom;
            LinuxControlMessages.Read((byte*)message.msg_hdr.msg_control, message.msg_hdr.msg_controllen, out var local, out var tos, out var segment);
            batch.Sources[index] = new DatagramSource { Remote = LinuxSocketAddress.Read((byte*)message.msg_hdr.msg_name), Local = local };
            batch.TryAdd(offset, length, segment < length ? segment : 0, tos);
            longest = Math.Max(longest, length);
            end = Math.Max(end, offset + length);
            message.msg_hdr.msg_namelen = LinuxSocketAddress.Room;
            message.msg_hdr.msg_controllen = LinuxControlMessages.Room;
        }
        batch.UsedBytes = Math.Max(batch.UsedBytes, end + PacketBatch.TailRoom);
        return longest;
    }

    /// <summary>Frees the native memory.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_parts);
        NativeMemory.Free(_names);
        NativeMemory.Free(_controls);
    }

    /// <summary>Bytes from slot to slot: an odd number of cache lines, so that the starts of the packets do not fall into the same cache sets.</summary>
    private static int Stride(int length) => (((length + Rooms + CacheLine - 1) / CacheLine) | 1) * CacheLine;

    private void LayOut(PacketBatch batch)
    {
        _batch = batch;
        _available = Math.Min(Math.Min(_count, batch.MaxPackets), batch.CapacityInBytes / BytesFor(1, HeadLength));
        for (var index = 0; index < _available; index++)
        {
            var parts = _parts + (2 * index);
            parts[0] = new Libc.iovec { iov_base = batch.Memory + (index * Stride(HeadLength)) + PacketBatch.HeaderRoom, iov_len = (nuint)HeadLength };
            parts[1] = new Libc.iovec { iov_base = batch.Memory + TailOffset(index) + HeadLength, iov_len = (nuint)(MaxLength - HeadLength) };
            _messages[index].msg_hdr = new Libc.msghdr
            {
                msg_name = _names + (index * LinuxSocketAddress.Room),
                msg_namelen = LinuxSocketAddress.Room,
                msg_iov = parts,
                msg_iovlen = HeadLength < MaxLength ? 2u : 1u,
                msg_control = _controls + (index * LinuxControlMessages.Room),
                msg_controllen = LinuxControlMessages.Room,
            };
        }
    }

    private int TailOffset(int index) => (_available * Stride(HeadLength)) + (index * Stride(MaxLength)) + PacketBatch.HeaderRoom;

    private int Assemble(byte* memory, int index)
    {
        var offset = TailOffset(index);
        Buffer.MemoryCopy(_parts[2 * index].iov_base, memory + offset, HeadLength, HeadLength);
        return offset;
    }
}
