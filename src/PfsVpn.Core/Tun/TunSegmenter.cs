using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>Makes packets for the wire of what a TUN with virtio-net headers hands over: finishes checksums, and cuts super-packets, all in place.</summary>
/// <remarks>
/// Where it cuts, segments move up in memory, apart as <see cref="WireLayout"/> says: the last first, so that nothing is overwritten that is still to be moved.
/// Data are summed while they move; they are touched once.
/// References: RFC 9293 §3.1, RFC 768, RFC 3168 §6.1.2 (CWR), linux/net/ipv4/tcp_offload.c and udp_offload.c for what the kernel would do.
/// Threading: pure functions over memory of the caller's.
/// </remarks>
internal static unsafe class TunSegmenter
{
    /// <summary>Finishes a checksum of which the packet holds the pseudo-header's sum; false where the header names a place outside the packet.</summary>
    public static bool TryFinishChecksum(byte* packet, int length, in VirtioNetHeader header)
    {
        if ((header.Flags & VirtioNetHeader.NeedsChecksum) == 0) return true;
        var field = header.ChecksumStart + header.ChecksumOffset;
        if (field + sizeof(ushort) > length) return false;
        var checksum = InternetChecksum.Compute(new ReadOnlySpan<byte>(packet + header.ChecksumStart, length - header.ChecksumStart));
        WriteChecksum(packet + field, checksum);
        return true;
    }

    /// <summary>
    /// Cuts the super-packet of <paramref name="length"/> bytes at <paramref name="offset"/> and appends the segments to <see cref="PacketBatch.Packets"/>.
    /// Returns the offset behind which the next packet may lie; 0 where it is malformed or the batch has no room for its segments.
    /// </summary>
    public static int Cut(PacketBatch batch, int offset, int length, in VirtioNetHeader header)
    {
        var first = batch.Memory + offset;
        if (!SuperPacket.TryRead(first, length, header, out var super)) return 0;
        var count = super.SegmentCount;
        var last = super.Data - ((count - 1) * super.SegmentSize);
        var stride = WireLayout.Next(0, super.Headers + super.SegmentSize, batch.Mtu);
        var lastOffset = offset + ((long)(count - 1) * stride);
        var end = lastOffset + super.Headers + last + PacketBatch.TailRoom;
        if (count > batch.MaxPackets - batch.Count || end > batch.CapacityInBytes) return 0;

        var template = new SegmentTemplate(first, super);
        for (var index = count - 1; index > 0; index--)
        {
            var size = index == count - 1 ? last : super.SegmentSize;
            var segment = first + ((nint)index * stride);
            var sum = InternetChecksum.MoveUp(first + super.Headers + ((nint)index * super.SegmentSize), segment + super.Headers, size);
            CopyHeaders(first, segment, super.Headers);
            template.Complete(segment, index, size, sum, isLast: index == count - 1);
        }
        var firstSize = count == 1 ? last : super.SegmentSize;
        template.Complete(first, 0, firstSize, InternetChecksum.Add(0, new ReadOnlySpan<byte>(first + super.Headers, firstSize)), isLast: count == 1);

        for (var index = 0; index < count; index++)
            batch.TryAdd(offset + (index * stride), super.Headers + (index == count - 1 ? last : super.SegmentSize), continuesFlow: index > 0);
        batch.UsedBytes = Math.Max(batch.UsedBytes, Math.Max((int)end, offset + length));
        return WireLayout.Next((int)lastOffset, super.Headers + last, batch.Mtu);
    }

    /// <summary>Writes a checksum; 0, which UDP takes for "none", as its equal 0xFFFF.</summary>
    internal static void WriteChecksum(byte* field, ushort checksum) =>
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(field, sizeof(ushort)), checksum == 0 ? ushort.MaxValue : checksum);

    /// <summary>Headers of 32 to 64 bytes, as most are, with two vectors that overlap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyHeaders(byte* from, byte* to, int length)
    {
        if (length is < 32 or > 64)
        {
            Unsafe.CopyBlockUnaligned(to, from, (uint)length);
            return;
        }
        var first = Vector256.Load(from);
        var last = Vector256.Load(from + length - 32);
        first.Store(to);
        last.Store(to + length - 32);
    }
}
