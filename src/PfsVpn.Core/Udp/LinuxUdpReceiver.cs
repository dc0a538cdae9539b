using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Udp;

/// <summary>Receives many datagrams with one system call into slots of a batch.</summary>
/// <remarks>
/// The slots follow the traffic: they are as large as the largest datagram seen lately, so that a batch of ordinary datagrams lies in a
/// few pages (wiping it is cheap, and so are the caches), while what does not fit runs over into memory of the receiver's own and is put
/// together behind the slots. That happens once: the slots grow with it. No datagram is ever truncated or lost for its size.
/// Sizes: slots of 2,048 to 65,536 bytes and rooms; the batch keeps room for every datagram of a call to be of the largest size.
/// Memory: what is never touched costs nothing. The overflow holds ciphertext only, so it is not wiped.
/// Threading: one thread.
/// </remarks>
internal sealed unsafe class LinuxUdpReceiver : IDisposable
{
    /// <summary>Datagrams received with one system call, at most.</summary>
    public const int MaxDatagrams = 64;

    /// <summary>Longer than any datagram: UDP carries at most 65,527 bytes (IPv6).</summary>
    public const int MaxDatagramLength = 65_536;

    /// <summary>Bytes of a batch that receives <see cref="MaxDatagrams"/> in one call whatever their sizes are.</summary>
    public const int BatchCapacityInBytes = MaxDatagrams * (SmallSlot + Rooms + MaxDatagramLength + Rooms);

    private const int SmallSlot = 2048;
    private const int Rooms = PacketBatch.HeaderRoom + PacketBatch.TailRoom;
    private const int CacheLine = 64;
    private const int PeriodInCalls = 256;

    private readonly Libc.mmsghdr* _messages = (Libc.mmsghdr*)NativeMemory.AllocZeroed(MaxDatagrams, (nuint)sizeof(Libc.mmsghdr));
    private readonly Libc.iovec* _parts = (Libc.iovec*)NativeMemory.AllocZeroed(2 * MaxDatagrams, (nuint)sizeof(Libc.iovec));
    private readonly byte* _names = (byte*)NativeMemory.AllocZeroed(MaxDatagrams, LinuxSocketAddress.Room);
    private readonly byte* _controls = (byte*)NativeMemory.AllocZeroed(MaxDatagrams, LinuxControlMessages.Room);
    private readonly byte* _overflow = (byte*)NativeMemory.AlignedAlloc((nuint)MaxDatagrams * MaxDatagramLength, 4096);
    private int _slot = SmallSlot;
    private int _largest;
    private int _calls;

    /// <summary>Appends datagrams behind <paramref name="offset"/>, which is moved on. Returns how many, or a negative errno.</summary>
    public int Receive(int descriptor, PacketBatch batch, ref int offset)
    {
        var stride = Stride(_slot);
        var capacity = (batch.CapacityInBytes - offset) / (stride + (_slot < MaxDatagramLength ? Stride(MaxDatagramLength) : 0));
        var count = Math.Min(Math.Min(capacity, batch.MaxPackets - batch.Count), MaxDatagrams);
        if (count <= 0) return 0;
        Prepare(batch.Memory + offset + PacketBatch.HeaderRoom, stride, count);
        var received = Libc.recvmmsg(descriptor, _messages, (uint)count, Libc.MSG_DONTWAIT, null);
        if (received < 0) return -Marshal.GetLastPInvokeError();
        Deliver(batch, ref offset, stride, received);
        FollowTraffic();
        return received;
    }

    /// <summary>Frees the native memory.</summary>
    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_parts);
        NativeMemory.Free(_names);
        NativeMemory.Free(_controls);
        NativeMemory.AlignedFree(_overflow);
    }

    /// <summary>Bytes from slot to slot: an odd number of cache lines, so that the heads of the packets do not fall into the same cache sets.</summary>
    private static int Stride(int slot) => (((slot + Rooms + CacheLine - 1) / CacheLine) | 1) * CacheLine;

    private void Prepare(byte* first, int stride, int count)
    {
        for (var index = 0; index < count; index++)
        {
            var parts = _parts + (2 * index);
            parts[0] = new Libc.iovec { iov_base = first + ((nint)index * stride), iov_len = (nuint)_slot };
            parts[1] = new Libc.iovec { iov_base = _overflow + ((nint)index * MaxDatagramLength), iov_len = (nuint)(MaxDatagramLength - _slot) };
            ref var header = ref _messages[index].msg_hdr;
            header.msg_name = _names + (index * LinuxSocketAddress.Room);
            header.msg_namelen = LinuxSocketAddress.Room;
            header.msg_iov = parts;
            header.msg_iovlen = 2;
            header.msg_control = _controls + (index * LinuxControlMessages.Room);
            header.msg_controllen = LinuxControlMessages.Room;
        }
    }

    private void Deliver(PacketBatch batch, ref int offset, int stride, int received)
    {
        var slot = offset;
        var end = offset + (received * stride);
        for (var index = 0; index < received; index++, slot += stride)
        {
            ref var message = ref _messages[index];
            var length = (int)message.msg_len;
            var start = slot + PacketBatch.HeaderRoom;
            if (length > _slot)
            {
                start = end + PacketBatch.HeaderRoom;
                end += Stride(length);
                Assemble(batch, index, slot + PacketBatch.HeaderRoom, start, length);
            }
            _largest = Math.Max(_largest, length);
            LinuxControlMessages.Read((byte*)message.msg_hdr.msg_control, message.msg_hdr.msg_controllen, out var local, out var tos);
            batch.Sources[batch.Count] = new DatagramSource { Remote = LinuxSocketAddress.Read((byte*)message.msg_hdr.msg_name), Local = local };
            batch.TryAdd(start, length, tos: tos);
            batch.UsedBytes = Math.Max(batch.UsedBytes, start + length + PacketBatch.TailRoom);
        }
        offset = end;
    }

    private void Assemble(PacketBatch batch, int index, int from, int to, int length)
    {
        Buffer.MemoryCopy(batch.Memory + from, batch.Memory + to, _slot, _slot);
        Buffer.MemoryCopy(_parts[(2 * index) + 1].iov_base, batch.Memory + to + _slot, MaxDatagramLength, length - _slot);
    }

    /// <summary>Grows the slots at once, and shrinks them after a period in which smaller ones would have done.</summary>
    private void FollowTraffic()
    {
        if (_largest > _slot) _slot = SlotFor(_largest);
        if (++_calls < PeriodInCalls) return;
        _slot = SlotFor(_largest);
        _calls = 0;
        _largest = 0;
    }

    private static int SlotFor(int length) => Math.Clamp((length + 1023) & ~1023, SmallSlot, MaxDatagramLength);
}
