using System.Runtime.CompilerServices;

namespace PfsVpn.Crypto;

/// <summary>Poly1305 of one text with 64-bit arithmetic: for kernels without a vector form, for few and short texts, and for the end of a text in pieces.</summary>
/// <remarks>
/// References: RFC 8439 §2.5. A number modulo 2^130 - 5 is two words of 64 bits and a small third one. Clamping leaves the two lowest bits of r's upper word
/// zero, so a product with it at 2^128 is five quarters of it at 1, exactly.
/// Threading: pure functions. Constant time in everything but the length.
/// </remarks>
internal static unsafe class Poly1305Scalar
{
    /// <summary>Writes the tag of <paramref name="length"/> bytes of ciphertext without additional data.</summary>
    /// <param name="text">The ciphertext; 16 bytes behind it must be readable.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="key">The one-time key: r, not yet clamped, and s; 32 bytes.</param>
    /// <param name="tag">Takes two words.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void Tag(byte* text, int length, ulong* key, ulong* tag)
    {
        Sum sum = default;
        AbsorbAll(ref sum, new Multiplier(key), text, length, 0);
        Finish(sum, key, tag);
    }

    /// <summary>Goes on where a vector kernel ended, and writes the tag.</summary>
    /// <param name="group">Lane 0 of the result is the sum over the first <paramref name="done"/> bytes.</param>
    /// <param name="done">A multiple of 16.</param>
    /// <param name="text">The whole ciphertext; 16 bytes behind it must be readable.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="key">The one-time key: 32 bytes.</param>
    /// <param name="tag">Takes two words.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void TagOfRest(PolyGroup* group, int done, byte* text, int length, ulong* key, ulong* tag)
    {
        var sum = new Sum { Low = group->Result[0], High = group->Result[PolyGroup.Width], Top = group->Result[2 * PolyGroup.Width] };
        AbsorbAll(ref sum, new Multiplier(key), text, length, done);
        Finish(sum, key, tag);
    }

    /// <summary>Prepares a stream's state; where its text is and how much of it is to come, the caller says.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Start(PolyStream* stream, ulong* key)
    {
        var r = new Multiplier(key);
        stream->Low = 0;
        stream->High = 0;
        stream->Top = 0;
        stream->RLow = r.Low;
        stream->RHigh = r.High;
        stream->RFolded = r.Folded;
    }

    /// <summary>Goes on where a stream has come to, and writes the tag. Parameters as in <see cref="Tag"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void TagOfStream(PolyStream* stream, byte* text, int length, ulong* key, ulong* tag)
    {
        var sum = new Sum { Low = stream->Low, High = stream->High, Top = stream->Top };
        AbsorbAll(ref sum, new Multiplier(key), text, length, (int)((byte*)stream->Text - text));
        Finish(sum, key, tag);
    }

    /// <summary>The last 1 to 16 bytes of a text, or none of an empty one, as two words with zeros behind. Reads up to 16 bytes behind the text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (ulong Low, ulong High) LastBlock(byte* text, int length)
    {
        var start = length == 0 ? 0 : (length - 1) & ~15;
        var bits = (length - start) * 8;
        var words = (ulong*)(text + start);
        // A shift by 64 is one by 0, so each half has its own cases; lengths are public.
        var low = bits >= 64 ? words[0] : words[0] & ((1UL << bits) - 1);
        var high = bits <= 64 ? 0 : bits == 128 ? words[1] : words[1] & ((1UL << (bits - 64)) - 1);
        return (low, high);
    }

    /// <summary>tag = sum + s, modulo 2^128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteTag(ulong low, ulong high, ulong* key, ulong* tag)
    {
        var first = low + key[2];
        tag[0] = first;
        tag[1] = high + key[3] + (first < low ? 1UL : 0UL);
    }

    /// <summary>Absorbs the text from byte <paramref name="at"/> on, filled with zeros to whole blocks as the AEAD says, and the block of the lengths.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AbsorbAll(ref Sum sum, in Multiplier r, byte* text, int length, int at)
    {
        for (var end = length & ~15; at < end; at += 16) Absorb(ref sum, r, *(ulong*)(text + at), *(ulong*)(text + at + 8));
        if ((length & 15) != 0)
        {
            var (low, high) = LastBlock(text, length);
            Absorb(ref sum, r, low, high);
        }
        Absorb(ref sum, r, 0, (ulong)length);
    }

    /// <summary>sum = (sum + block + 2^128) · r. The third word stays below 8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Absorb(ref Sum sum, in Multiplier r, ulong low, ulong high)
    {
        var a = sum.Low + low;
        var carry = a < low ? 1UL : 0UL;
        var b = sum.High + high;
        var top = sum.Top + 1 + (b < high ? 1UL : 0UL);
        b += carry;
        top += b < carry ? 1UL : 0UL;

        // Word 0: a·r0 + b·s1. Word 1: a·r1 + b·r0 + top·s1. Word 2: top·r0.
        var high0 = Math.BigMul(a, r.Low, out var word0);
        var high1 = Math.BigMul(a, r.High, out var word1);
        var other0 = Math.BigMul(b, r.Folded, out var add0);
        var other1 = Math.BigMul(b, r.Low, out var add1);
        word0 += add0;
        high0 += other0 + (word0 < add0 ? 1UL : 0UL);
        word1 += add1;
        high1 += other1 + (word1 < add1 ? 1UL : 0UL);
        var folded = top * r.Folded;
        word1 += folded;
        high1 += word1 < folded ? 1UL : 0UL;
        word1 += high0;
        high1 += word1 < high0 ? 1UL : 0UL;
        var word2 = (top * r.Low) + high1;

        // What is above 2^130 comes back times 5.
        var fold = (word2 & ~3UL) + (word2 >> 2);
        word0 += fold;
        carry = word0 < fold ? 1UL : 0UL;
        word1 += carry;
        sum.Low = word0;
        sum.High = word1;
        sum.Top = (word2 & 3) + (word1 < carry ? 1UL : 0UL);
    }

    /// <summary>tag = (sum modulo 2^130 - 5) + s, modulo 2^128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in Sum sum, ulong* key, ulong* tag)
    {
        // The sum is below 2^130 + 2^128, so below twice the modulus. Where sum + 5 reaches 2^130, sum + 5 without its upper bits is the result.
        var low = sum.Low + 5;
        var carry = low < 5 ? 1UL : 0UL;
        var high = sum.High + carry;
        var top = sum.Top + (high < carry ? 1UL : 0UL);
        var reduced = 0 - ((top >> 2) & 1);
        WriteTag((low & reduced) | (sum.Low & ~reduced), (high & reduced) | (sum.High & ~reduced), key, tag);
    }

    /// <summary>A number modulo 2^130 - 5, not fully reduced.</summary>
    private struct Sum
    {
        public ulong Low, High, Top;
    }

    /// <summary>r, and five quarters of its upper word.</summary>
    private readonly struct Multiplier
    {
        public readonly ulong Low, High, Folded;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Multiplier(ulong* key)
        {
            Low = key[0] & 0x0ffffffc0fffffffUL;
            High = key[1] & 0x0ffffffc0ffffffcUL;
            Folded = High + (High >> 2);
        }
    }
}
