using System.Runtime.CompilerServices;

namespace PfsVpn.Crypto;

/// <summary>Poly1305 of one text with 64-bit arithmetic: for kernels without a vector form, for few and short texts, and to join partial sums.</summary>
/// <remarks>
/// References: RFC 8439 §2.5. A number modulo 2^130 - 5 is three limbs of 44, 44 and 42 bits. 2^132 is 20 modulo the prime, so limbs that pass the top come back times 20.
/// Threading: pure functions. Constant time in everything but the length.
/// </remarks>
internal static unsafe class Poly1305Scalar
{
    private const ulong Mask44 = (1UL << 44) - 1;
    private const ulong Mask42 = (1UL << 42) - 1;

    /// <summary>Writes the tag of <paramref name="length"/> bytes of ciphertext without additional data.</summary>
    /// <param name="text">The ciphertext; 16 bytes behind it must be readable.</param>
    /// <param name="length">Bytes of it.</param>
    /// <param name="key">The one-time key: r, not yet clamped, and s; 32 bytes.</param>
    /// <param name="tag">Takes two words.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void Tag(byte* text, int length, ulong* key, ulong* tag)
    {
        var r = Clamped(key);
        Number sum = default;
        AbsorbFull(ref sum, r, text, length >> 4);
        AbsorbEnd(ref sum, r, text, length);
        Finish(sum, key, tag);
    }

    /// <summary>Joins the sums over consecutive pieces of one text, adds the end of the text, and writes the tag.</summary>
    /// <param name="group">The sums, as <see cref="IChaChaPolyKernel.PolyExport"/> wrote them.</param>
    /// <param name="pieces">How many: the lanes of the kernel.</param>
    /// <param name="blocks">Blocks of 16 bytes in each piece but the first, which may have fewer.</param>
    /// <param name="text">The whole ciphertext; the pieces end before its last block.</param>
    /// <param name="length">Bytes of it, at least 1.</param>
    /// <param name="key">The one-time key: 32 bytes.</param>
    /// <param name="tag">Takes two words.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void TagOfPieces(PolyGroup* group, int pieces, int blocks, byte* text, int length, ulong* key, ulong* tag)
    {
        var r = Clamped(key);
        var shift = Power(r, blocks);
        Number sum = default;
        for (var i = 0; i < pieces; i++)
        {
            Multiply(ref sum, shift);
            Add(ref sum, group->Result[i], group->Result[PolyGroup.Width + i], group->Result[(2 * PolyGroup.Width) + i]);
        }
        var last = (length - 1) >> 4;
        AbsorbFull(ref sum, r, text + (last << 4), (length >> 4) - last);
        AbsorbEnd(ref sum, r, text, length);
        Finish(sum, key, tag);
    }

    /// <summary>The last 1 to 16 bytes of a text, or none of an empty one, as two words with zeros behind. Reads up to 16 bytes behind the text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (ulong Low, ulong High) LastBlock(byte* text, int length)
    {
        var start = length == 0 ? 0 : (length - 1) & ~15;
        var bits = (length - start) * 8;
        var words = (ulong*)(text + start);
        // A shift by 64 or more is not what is wanted, so each half has its own case; lengths are public.
        var low = bits >= 64 ? words[0] : words[0] & ((1UL << bits) - 1);
        var high = bits <= 64 ? 0 : bits == 128 ? words[1] : words[1] & ((1UL << (bits - 64)) - 1);
        return (low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AbsorbFull(ref Number sum, in Multiplier r, byte* text, int blocks)
    {
        for (var words = (ulong*)text; blocks > 0; blocks--, words += 2)
        {
            Add(ref sum, words[0], words[1], 1);
            Multiply(ref sum, r);
        }
    }

    /// <summary>Absorbs what is behind the last full block, filled with zeros as the AEAD says, and the block of the lengths.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AbsorbEnd(ref Number sum, in Multiplier r, byte* text, int length)
    {
        if ((length & 15) != 0)
        {
            var (low, high) = LastBlock(text, length);
            Add(ref sum, low, high, 1);
            Multiply(ref sum, r);
        }
        Add(ref sum, 0, (ulong)length, 1);
        Multiply(ref sum, r);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Multiplier Clamped(ulong* key)
    {
        Number r = default;
        Add(ref r, Volatile.Read(ref key[0]) & 0x0ffffffc0fffffffUL, Volatile.Read(ref key[1]) & 0x0ffffffc0ffffffcUL, 0);
        return new Multiplier(r);
    }

    /// <summary>r to the power of <paramref name="exponent"/>, by squaring; the exponent is public.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Multiplier Power(in Multiplier r, int exponent)
    {
        var power = r.Value;
        for (var bit = 30 - System.Numerics.BitOperations.LeadingZeroCount((uint)exponent); bit >= 0; bit--)
        {
            Multiply(ref power, new Multiplier(power));
            if (((exponent >> bit) & 1) != 0) Multiply(ref power, r);
        }
        return new Multiplier(power);
    }

    /// <summary>sum += low + high · 2^64 + top · 2^128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Number sum, ulong low, ulong high, ulong top)
    {
        sum.L0 += low & Mask44;
        sum.L1 += ((low >> 44) | (high << 20)) & Mask44;
        sum.L2 += (high >> 24) | (top << 40);
    }

    /// <summary>sum = sum · r. Limbs of the sum may have a few bits more than 44 before; afterwards the middle one has at most one more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(ref Number sum, in Multiplier r)
    {
        var high0 = Math.BigMul(sum.L0, r.Value.L0, out var low0);
        Accumulate(ref high0, ref low0, sum.L1, r.S2);
        Accumulate(ref high0, ref low0, sum.L2, r.S1);
        var high1 = Math.BigMul(sum.L0, r.Value.L1, out var low1);
        Accumulate(ref high1, ref low1, sum.L1, r.Value.L0);
        Accumulate(ref high1, ref low1, sum.L2, r.S2);
        var high2 = Math.BigMul(sum.L0, r.Value.L2, out var low2);
        Accumulate(ref high2, ref low2, sum.L1, r.Value.L1);
        Accumulate(ref high2, ref low2, sum.L2, r.Value.L0);

        var carry = (low0 >> 44) | (high0 << 20);
        low1 += carry;
        high1 += low1 < carry ? 1UL : 0UL;
        carry = (low1 >> 44) | (high1 << 20);
        low2 += carry;
        high2 += low2 < carry ? 1UL : 0UL;
        carry = (low2 >> 42) | (high2 << 22);
        var first = (low0 & Mask44) + (carry * 5);
        sum.L0 = first & Mask44;
        sum.L1 = (low1 & Mask44) + (first >> 44);
        sum.L2 = low2 & Mask42;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(ref ulong high, ref ulong low, ulong a, ulong b)
    {
        high += Math.BigMul(a, b, out var product);
        low += product;
        high += low < product ? 1UL : 0UL;
    }

    /// <summary>tag = (sum modulo 2^130 - 5) + s, modulo 2^128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(Number sum, ulong* key, ulong* tag)
    {
        for (var round = 0; round < 2; round++)
        {
            sum.L1 += sum.L0 >> 44;
            sum.L0 &= Mask44;
            sum.L2 += sum.L1 >> 44;
            sum.L1 &= Mask44;
            sum.L0 += (sum.L2 >> 42) * 5;
            sum.L2 &= Mask42;
        }
        sum.L1 += sum.L0 >> 44;
        sum.L0 &= Mask44;
        sum.L2 += sum.L1 >> 44;
        sum.L1 &= Mask44;
        // Where sum + 5 reaches 2^130, sum was at least the modulus: then sum + 5 without its top bit is the result.
        var g0 = sum.L0 + 5;
        var g1 = sum.L1 + (g0 >> 44);
        var g2 = sum.L2 + (g1 >> 44);
        var reduced = 0 - (g2 >> 42);
        g0 = (g0 & Mask44 & reduced) | (sum.L0 & ~reduced);
        g1 = (g1 & Mask44 & reduced) | (sum.L1 & ~reduced);
        g2 = (g2 & Mask42 & reduced) | (sum.L2 & ~reduced);
        WriteTag(g0 | (g1 << 44), (g1 >> 20) | (g2 << 24), key, tag);
    }

    /// <summary>tag = sum + s, modulo 2^128.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void WriteTag(ulong low, ulong high, ulong* key, ulong* tag)
    {
        var first = low + key[2];
        tag[0] = first;
        tag[1] = high + key[3] + (first < low ? 1UL : 0UL);
    }

    /// <summary>A number modulo 2^130 - 5.</summary>
    private struct Number
    {
        public ulong L0, L1, L2;
    }

    /// <summary>A number to multiply by, and twenty times those limbs that meet limbs above 2^132.</summary>
    private readonly struct Multiplier
    {
        public readonly Number Value;
        public readonly ulong S1, S2;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Multiplier(in Number value)
        {
            Value = value;
            S1 = value.L1 * 20;
            S2 = value.L2 * 20;
        }
    }
}
