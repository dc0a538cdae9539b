using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PfsVpn.Crypto;

/// <content>
/// Poly1305 of eight texts, one in each 64-bit lane, in five limbs of 26 bits. Two blocks make one step: sum = (sum + first) · r² + second · r, then one
/// chain of carries. The products of the second block wait for nothing, so they fill the time of the carries before.
/// Bounds: a limb is below 2^26 + 2^9 after the carries and below 2^27 with a block added; multipliers are below 5 · 2^26.1; ten products stay below 2^60.
/// </content>
internal readonly unsafe partial struct ChaChaPolyVector512
{
    /// <inheritdoc/>
    public static int PolyLanes => 8;

    /// <inheritdoc/>
    public static int PolyChunkBlocks => 4;

    private static Vector512<ulong> LimbMask
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create((1UL << 26) - 1);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void PolyStart(PolyGroup* group)
    {
        // RFC 8439 §2.5: some bits of r are cleared.
        var low = Vector512.Load(group->Key) & Vector512.Create(0x0ffffffc0fffffffUL);
        var high = Vector512.Load(group->Key + PolyGroup.Width) & Vector512.Create(0x0ffffffc0ffffffcUL);
        Limbs r = default, square = default;
        Split(ref r, low, high, Vector512<ulong>.Zero);
        MultiplyAdd(ref square, r, new Multiplier(r));
        Carry(ref square);
        r.Store(group->R);
        square.Store(group->Square);
        default(Limbs).Store(group->Sum);
        default(Limbs).Store(group->HeadSum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void PolyAbsorb(PolyGroup* group, nint chunks, ulong* bits)
    {
        var r = new Multiplier(Limbs.Load(group->R));
        var square = new Multiplier(Limbs.Load(group->Square));
        var running = Vector512.Load(group->Running);
        var sum = Limbs.Load(group->Sum);
        sum.Select(running, Limbs.Load(group->HeadSum));
        byte* t0 = (byte*)group->Text[0], t1 = (byte*)group->Text[1], t2 = (byte*)group->Text[2], t3 = (byte*)group->Text[3];
        byte* t4 = (byte*)group->Text[4], t5 = (byte*)group->Text[5], t6 = (byte*)group->Text[6], t7 = (byte*)group->Text[7];
        for (nint at = 0, end = chunks * 64; at < end; at += 64)
        {
            // Eight texts of four blocks each become, for each block, its lower and its upper halves in eight lanes.
            Vector512<ulong> a0 = Vector512.Load((ulong*)(t0 + at)), a1 = Vector512.Load((ulong*)(t1 + at));
            Vector512<ulong> a2 = Vector512.Load((ulong*)(t2 + at)), a3 = Vector512.Load((ulong*)(t3 + at));
            Vector512<ulong> low01 = Avx512F.UnpackLow(a0, a1), high01 = Avx512F.UnpackHigh(a0, a1);
            Vector512<ulong> low23 = Avx512F.UnpackLow(a2, a3), high23 = Avx512F.UnpackHigh(a2, a3);
            Vector512<ulong> a4 = Vector512.Load((ulong*)(t4 + at)), a5 = Vector512.Load((ulong*)(t5 + at));
            Vector512<ulong> a6 = Vector512.Load((ulong*)(t6 + at)), a7 = Vector512.Load((ulong*)(t7 + at));
            Vector512<ulong> low45 = Avx512F.UnpackLow(a4, a5), high45 = Avx512F.UnpackHigh(a4, a5);
            Vector512<ulong> low67 = Avx512F.UnpackLow(a6, a7), high67 = Avx512F.UnpackHigh(a6, a7);
            Pair(low01, low23, low45, low67, 0b01_00_01_00, out var low0, out var low1);
            Pair(high01, high23, high45, high67, 0b01_00_01_00, out var high0, out var high1);
            Step(ref sum, low0, high0, Vector512.Load(bits), low1, high1, Vector512.Load(bits + PolyGroup.Width), r, square);
            Pair(low01, low23, low45, low67, 0b11_10_11_10, out var low2, out var low3);
            Pair(high01, high23, high45, high67, 0b11_10_11_10, out var high2, out var high3);
            Step(ref sum, low2, high2, Vector512.Load(bits + (2 * PolyGroup.Width)), low3, high3, Vector512.Load(bits + (3 * PolyGroup.Width)), r, square);
        }
        sum.Store(group->Sum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void PolyFinish(PolyGroup* group)
    {
        const int row = PolyGroup.Width;
        var r = new Multiplier(Limbs.Load(group->R));
        var square = new Multiplier(Limbs.Load(group->Square));
        var sum = Limbs.Load(group->Sum);
        sum.Select(Vector512.Load(group->Running), Limbs.Load(group->HeadSum));
        Step(
            ref sum, Vector512.Load(group->Tail), Vector512.Load(group->Tail + row), Vector512.Load(group->TailBits),
            Vector512.Load(group->Tail + (2 * row)), Vector512.Load(group->Tail + (3 * row)), Vector512.Load(group->TailBits + row), r, square);
        CarryFully(ref sum);
        // Where sum + 5 reaches 2^130, sum was at least the modulus: then sum + 5 without its top bit is the result.
        var other = sum;
        other.L0 += Vector512.Create(5UL);
        CarryUpwards(ref other);
        var reduced = Vector512<ulong>.Zero - (other.L4 >>> 26);
        other.L4 &= LimbMask;
        other.Select(reduced, sum);
        (other.L0 | (other.L1 << 26) | (other.L2 << 52)).Store(group->Result);
        ((other.L2 >>> 12) | (other.L3 << 14) | (other.L4 << 40)).Store(group->Result + row);
    }

    /// <summary>From texts in pairs to one half of two neighbouring blocks, lanes in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pair(
        Vector512<ulong> t01, Vector512<ulong> t23, Vector512<ulong> t45, Vector512<ulong> t67, [ConstantExpected] byte blocks,
        out Vector512<ulong> first, out Vector512<ulong> second)
    {
        var left = Avx512F.Shuffle4x128(t01, t23, blocks);
        var right = Avx512F.Shuffle4x128(t45, t67, blocks);
        first = Avx512F.Shuffle4x128(left, right, 0b10_00_10_00);
        second = Avx512F.Shuffle4x128(left, right, 0b11_01_11_01);
    }

    /// <summary>sum = (sum + first) · r² + second · r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        ref Limbs sum, Vector512<ulong> low1, Vector512<ulong> high1, Vector512<ulong> bit1,
        Vector512<ulong> low2, Vector512<ulong> high2, Vector512<ulong> bit2, in Multiplier r, in Multiplier square)
    {
        Limbs product = default, block = default;
        Split(ref block, low2, high2, bit2);
        MultiplyAdd(ref product, block, r);
        Split(ref block, low1, high1, bit1);
        sum.L0 += block.L0;
        sum.L1 += block.L1;
        sum.L2 += block.L2;
        sum.L3 += block.L3;
        sum.L4 += block.L4;
        MultiplyAdd(ref product, sum, square);
        Carry(ref product);
        sum = product;
    }

    /// <summary>128 bits as limbs; <paramref name="bit"/> stands above them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(ref Limbs limbs, Vector512<ulong> low, Vector512<ulong> high, Vector512<ulong> bit)
    {
        limbs.L0 = low & LimbMask;
        limbs.L1 = (low >>> 26) & LimbMask;
        limbs.L2 = ((low >>> 52) | (high << 12)) & LimbMask;
        limbs.L3 = (high >>> 14) & LimbMask;
        limbs.L4 = (high >>> 40) | bit;
    }

    /// <summary>product += a · b, limbs above 2^130 folded down by 5, carries left where they are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd(ref Limbs product, in Limbs a, in Multiplier b)
    {
        product.L0 += Multiply(a.L0, b.R0) + Multiply(a.L1, b.S4) + Multiply(a.L2, b.S3) + Multiply(a.L3, b.S2) + Multiply(a.L4, b.S1);
        product.L1 += Multiply(a.L0, b.R1) + Multiply(a.L1, b.R0) + Multiply(a.L2, b.S4) + Multiply(a.L3, b.S3) + Multiply(a.L4, b.S2);
        product.L2 += Multiply(a.L0, b.R2) + Multiply(a.L1, b.R1) + Multiply(a.L2, b.R0) + Multiply(a.L3, b.S4) + Multiply(a.L4, b.S3);
        product.L3 += Multiply(a.L0, b.R3) + Multiply(a.L1, b.R2) + Multiply(a.L2, b.R1) + Multiply(a.L3, b.R0) + Multiply(a.L4, b.S4);
        product.L4 += Multiply(a.L0, b.R4) + Multiply(a.L1, b.R3) + Multiply(a.L2, b.R2) + Multiply(a.L3, b.R1) + Multiply(a.L4, b.R0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Multiply(Vector512<ulong> a, Vector512<ulong> b) => Avx512F.Multiply(a.AsUInt32(), b.AsUInt32());

    /// <summary>Brings limbs back to about 26 bits: two chains side by side, from limb 0 and from limb 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Carry(ref Limbs d)
    {
        d.L1 += d.L0 >>> 26;
        d.L4 += d.L3 >>> 26;
        d.L0 &= LimbMask;
        d.L3 &= LimbMask;
        var above = d.L4 >>> 26;
        d.L2 += d.L1 >>> 26;
        d.L0 += above + (above << 2);
        d.L4 &= LimbMask;
        d.L1 &= LimbMask;
        d.L3 += d.L2 >>> 26;
        d.L1 += d.L0 >>> 26;
        d.L2 &= LimbMask;
        d.L0 &= LimbMask;
        d.L4 += d.L3 >>> 26;
        d.L3 &= LimbMask;
    }

    /// <summary>Carries through all limbs and once around: all of 26 bits, the highest perhaps of one more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CarryFully(ref Limbs d)
    {
        CarryUpwards(ref d);
        var above = d.L4 >>> 26;
        d.L4 &= LimbMask;
        d.L0 += above + (above << 2);
        CarryUpwards(ref d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CarryUpwards(ref Limbs d)
    {
        d.L1 += d.L0 >>> 26;
        d.L0 &= LimbMask;
        d.L2 += d.L1 >>> 26;
        d.L1 &= LimbMask;
        d.L3 += d.L2 >>> 26;
        d.L2 &= LimbMask;
        d.L4 += d.L3 >>> 26;
        d.L3 &= LimbMask;
    }

    /// <summary>Eight numbers modulo 2^130 - 5. The JIT keeps the parts in registers.</summary>
    private struct Limbs
    {
        public Vector512<ulong> L0, L1, L2, L3, L4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Limbs Load(ulong* rows) => new()
        {
            L0 = Vector512.Load(rows),
            L1 = Vector512.Load(rows + PolyGroup.Width),
            L2 = Vector512.Load(rows + (2 * PolyGroup.Width)),
            L3 = Vector512.Load(rows + (3 * PolyGroup.Width)),
            L4 = Vector512.Load(rows + (4 * PolyGroup.Width)),
        };

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(ulong* rows)
        {
            L0.Store(rows);
            L1.Store(rows + PolyGroup.Width);
            L2.Store(rows + (2 * PolyGroup.Width));
            L3.Store(rows + (3 * PolyGroup.Width));
            L4.Store(rows + (4 * PolyGroup.Width));
        }

        /// <summary>Keeps the lanes of <paramref name="mask"/> and takes the rest from <paramref name="other"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Select(Vector512<ulong> mask, in Limbs other)
        {
            L0 = Vector512.ConditionalSelect(mask, L0, other.L0);
            L1 = Vector512.ConditionalSelect(mask, L1, other.L1);
            L2 = Vector512.ConditionalSelect(mask, L2, other.L2);
            L3 = Vector512.ConditionalSelect(mask, L3, other.L3);
            L4 = Vector512.ConditionalSelect(mask, L4, other.L4);
        }
    }

    /// <summary>A number to multiply by: its limbs, and five times those that meet limbs above 2^130.</summary>
    private readonly struct Multiplier
    {
        public readonly Vector512<ulong> R0, R1, R2, R3, R4, S1, S2, S3, S4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Multiplier(in Limbs r)
        {
            (R0, R1, R2, R3, R4) = (r.L0, r.L1, r.L2, r.L3, r.L4);
            S1 = r.L1 + (r.L1 << 2);
            S2 = r.L2 + (r.L2 << 2);
            S3 = r.L3 + (r.L3 << 2);
            S4 = r.L4 + (r.L4 << 2);
        }
    }
}
