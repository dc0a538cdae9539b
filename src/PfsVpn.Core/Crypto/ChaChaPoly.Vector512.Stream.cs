using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace PfsVpn.Crypto;

/// <content>
/// One block of a <see cref="PolyStream"/> in four parts, which stand between the parts of the rounds of ChaCha20: the rounds keep the vector units busy and leave the
/// integer units idle. The arithmetic is that of <see cref="Poly1305Scalar"/>. The lower half of a product is a product of its own: it stays in registers that way.
/// </content>
internal readonly unsafe partial struct ChaChaPolyVector512
{
    /// <inheritdoc/>
    public static bool HasStreams => true;

    /// <summary>The stream that goes on in this pass; an idle one where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static PolyStream* FirstStream(LaneTable* lanes)
    {
        lanes->Idle.Text = lanes->Zeros;
        lanes->Idle.Steps = PolyStream.StepsPerPass;
        return lanes->Stream == null ? &lanes->Idle : lanes->Stream;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StreamLoad(PolyStream* stream, out ulong* text, out ulong low, out ulong high, out ulong top)
    {
        text = stream->Text;
        low = stream->Low;
        high = stream->High;
        top = stream->Top;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StreamStore(PolyStream* stream, ulong* text, ulong low, ulong high, ulong top)
    {
        stream->Text = text;
        stream->Low = low;
        stream->High = high;
        stream->Top = top;
    }

    /// <summary>Part 1: sum += block + 2^128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StreamAdd(ulong* block, ref ulong low, ref ulong high, ref ulong top)
    {
        ulong first = block[0], second = block[1];
        low += first;
        var carry = low < first ? 1UL : 0UL;
        high += second;
        top += 1 + (high < second ? 1UL : 0UL);
        high += carry;
        top += high < carry ? 1UL : 0UL;
    }

    /// <summary>Part 2, word 0 of the product: low · r0 + high · s1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StreamWord0(PolyStream* stream, ulong low, ulong high, out ulong word0, out ulong above)
    {
        var add = high * stream->RFolded;
        above = Bmi2.X64.MultiplyNoFlags(low, stream->RLow) + Bmi2.X64.MultiplyNoFlags(high, stream->RFolded);
        word0 = (low * stream->RLow) + add;
        above += word0 < add ? 1UL : 0UL;
    }

    /// <summary>Part 3, word 1 of the product: low · r1 + high · r0, and what part 2 left above its word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StreamWord1(PolyStream* stream, ulong low, ulong high, ulong top, ref ulong above, out ulong word1)
    {
        // Below 2.3 · 2^60 and below 8 · 1.25 · 2^60: the sum is one word.
        var rest = above + (top * stream->RFolded);
        var add = high * stream->RLow;
        above = Bmi2.X64.MultiplyNoFlags(low, stream->RHigh) + Bmi2.X64.MultiplyNoFlags(high, stream->RLow);
        word1 = (low * stream->RHigh) + add;
        above += word1 < add ? 1UL : 0UL;
        word1 += rest;
        above += word1 < rest ? 1UL : 0UL;
    }

    /// <summary>Part 4: word 2 of the product, and what is above 2^130 comes back times 5.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StreamFold(PolyStream* stream, ulong word0, ulong word1, ulong above, ref ulong low, ref ulong high, ref ulong top)
    {
        var word2 = above + (top * stream->RLow);
        var fold = (word2 & ~3UL) + (word2 >> 2);
        low = word0 + fold;
        var carry = low < fold ? 1UL : 0UL;
        high = word1 + carry;
        top = (word2 & 3) + (high < carry ? 1UL : 0UL);
    }
}
