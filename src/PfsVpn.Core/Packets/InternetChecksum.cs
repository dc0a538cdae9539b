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
internal static partial class InternetChecksum
{
    /// <summary>Adds <paramref name="bytes"/> to a sum under way; a last odd byte is padded with a zero.</summary>
    public static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
    {
        ref var start = ref MemoryMarshal.GetReference(bytes);
        nuint offset = 0;
        var length = (nuint)bytes.Length;
        // Safety: offset + size <= length holds before each load below.
        if (Vector512.IsHardwareAccelerated && length >= 64) sum += Add512(ref start, length, ref offset);
        if (Vector256.IsHardwareAccelerated && length - offset >= 32) sum += Add256(ref start, length, ref offset);
        if (!Vector256.IsHardwareAccelerated && Vector128.IsHardwareAccelerated && length >= 16) sum += Add128(ref start, length, ref offset);
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

    /// <summary>The sum of the 32-bit words from <paramref name="offset"/>, which is 0, to an odd last byte; it is moved there. At least 64 bytes.</summary>
    /// <remarks>
    /// A lane holds two words. Adding lanes whole wraps at 2^64, but the upper words are summed apart too: whole - (upper &lt;&lt; 32) is the sum of the
    /// lower words modulo 2^64, and 2^31 bytes cannot make that sum reach 2^64. That is three operations a vector, where masking takes four.
    /// </remarks>
    private static ulong Add512(ref byte start, nuint length, ref nuint offset)
    {
        var (whole, upper) = (Vector512<ulong>.Zero, Vector512<ulong>.Zero);
        for (; offset + 128 <= length; offset += 128)
        {
            var first = Vector512.LoadUnsafe(ref start, offset).AsUInt64();
            var second = Vector512.LoadUnsafe(ref start, offset + 64).AsUInt64();
            whole += first + second;
            upper += (first >>> 32) + (second >>> 32);
        }
        if (offset + 64 <= length)
        {
            var last = Vector512.LoadUnsafe(ref start, offset).AsUInt64();
            whole += last;
            upper += last >>> 32;
            offset += 64;
        }
        // The rest but for an odd byte, as the end of a vector that begins before it: what was summed already is masked off. Its start is at an even offset.
        var rest = (length - offset) & ~(nuint)1;
        if (rest != 0)
        {
            var end = Vector512.LoadUnsafe(ref start, offset + rest - 64);
            var words = (end & Vector512.GreaterThanOrEqual(Vector512<byte>.Indices, Vector512.Create((byte)(64 - rest)))).AsUInt64();
            whole += words;
            upper += words >>> 32;
            offset += rest;
        }
        return Vector512.Sum(whole - (upper << 32) + upper);
    }

    /// <summary>As <see cref="Add512"/>, of whole vectors only.</summary>
    private static ulong Add256(ref byte start, nuint length, ref nuint offset)
    {
        var (whole, upper) = (Vector256<ulong>.Zero, Vector256<ulong>.Zero);
        for (; offset + 32 <= length; offset += 32)
        {
            var words = Vector256.LoadUnsafe(ref start, offset).AsUInt64();
            whole += words;
            upper += words >>> 32;
        }
        return Vector256.Sum(whole - (upper << 32) + upper);
    }

    /// <summary>As <see cref="Add256"/>.</summary>
    private static ulong Add128(ref byte start, nuint length, ref nuint offset)
    {
        var (whole, upper) = (Vector128<ulong>.Zero, Vector128<ulong>.Zero);
        for (; offset + 16 <= length; offset += 16)
        {
            var words = Vector128.LoadUnsafe(ref start, offset).AsUInt64();
            whole += words;
            upper += words >>> 32;
        }
        return Vector128.Sum(whole - (upper << 32) + upper);
    }

    private static ushort MachineOrder(ushort number) => BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(number) : number;
}
