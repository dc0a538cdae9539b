using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace PfsVpn.Packets;

/// <summary>The Internet checksum: the complement of the one's-complement sum of 16-bit words.</summary>
/// <remarks>
/// References: RFC 1071 (the sum may be taken in wider words and in either byte order), RFC 1624 (incremental update), RFC 8200 §8.1 (pseudo-header).
/// A sum under way is a <see cref="ulong"/> of machine words: add parts to it with the methods here, then <see cref="Finish"/>. Every part but the
/// last has an even length. Checksums are numbers: write them with <see cref="BinaryPrimitives.WriteUInt16BigEndian"/>.
/// Threading: pure functions.
/// </remarks>
public static class InternetChecksum
{
    /// <summary>Adds <paramref name="bytes"/> to a sum under way; a last odd byte is padded with a zero.</summary>
    public static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
    {
        ref var start = ref MemoryMarshal.GetReference(bytes);
        nuint offset = 0;
        var length = (nuint)bytes.Length;
        if (Vector256.IsHardwareAccelerated && length >= 32)
        {
            // Safety: offset + 32 <= length holds before each load. 32-bit words in 64-bit lanes: 2^31 bytes cannot overflow a lane.
            var lanes = Vector256<ulong>.Zero;
            for (; offset + 32 <= length; offset += 32)
            {
                var (lower, upper) = Vector256.Widen(Vector256.LoadUnsafe(ref start, offset).AsUInt32());
                lanes += lower + upper;
            }
            sum += Vector256.Sum(lanes);
        }
        // Safety: each load below stays within offset + its size <= length.
        for (; offset + 4 <= length; offset += 4) sum += Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref start, offset));
        if (offset + 2 <= length)
        {
            sum += Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref start, offset));
            offset += 2;
        }
        if (offset < length) sum += MachineOrder((ushort)(Unsafe.Add(ref start, offset) << 8));
        return sum;
    }

    /// <summary>Adds one 16-bit number.</summary>
    public static ulong Add(ulong sum, ushort number) => sum + MachineOrder(number);

    /// <summary>
    /// The sum of a pseudo-header for TCP, UDP or ICMPv6: both addresses (4 or 16 bytes each), protocol and <paramref name="length"/>, the bytes of
    /// transport header and data.
    /// </summary>
    public static ulong PseudoHeader(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte protocol, int length)
    {
        var sum = Add(Add(0, source), destination);
        return Add(Add(Add(sum, protocol), (ushort)length), (ushort)(length >> 16));
    }

    /// <summary>The sum as a 16-bit number, not complemented: what a partial checksum for offloading holds.</summary>
    public static ushort Fold(ulong sum)
    {
        sum = (sum & uint.MaxValue) + (sum >> 32);
        sum = (sum & uint.MaxValue) + (sum >> 32);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return MachineOrder((ushort)sum);
    }

    /// <summary>The checksum of what was added. Over data that includes its own right checksum it is 0.</summary>
    public static ushort Finish(ulong sum) => (ushort)~Fold(sum);

    /// <summary>The checksum of <paramref name="bytes"/> alone, for instance of an IPv4 header.</summary>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => Finish(Add(0, bytes));

    /// <summary>The checksum after one 16-bit word of the data changed: HC' = ~(~HC + ~m + m'), equation 3 of RFC 1624.</summary>
    public static ushort Update(ushort checksum, ushort oldWord, ushort newWord)
    {
        var sum = (uint)(ushort)~checksum + (ushort)~oldWord + newWord;
        sum = (sum & 0xFFFF) + (sum >> 16);
        sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }

    private static ushort MachineOrder(ushort number) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(number) : number;
}
