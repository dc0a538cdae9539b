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
        Limbs r = default;
        Split(ref r, low, high, Vector512<ulong>.Zero);
        r.StoreMultiplier(group->Powers);
        var next = r;
        for (var power = 1; power < 4; power++)
        {
            Limbs product = default;
            MultiplyAdd(ref product, next, group->Powers);
            Carry(ref product);
            product.StoreMultiplier(group->Powers + (power * PolyGroup.MultiplierRows * PolyGroup.Width));
            next = product;
        }
        default(Limbs).Store(group->Sum);
        default(Limbs).Store(group->HeadSum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void PolyAbsorb(PolyGroup* group, nint chunks, ulong* bits)
    {
        const int row = PolyGroup.Width;
        const int power = PolyGroup.MultiplierRows * row;
        var sum = Limbs.Load(group->Sum);
        sum.Select(Vector512.Load(group->Running), Limbs.Load(group->HeadSum));
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
            Limbs product = default, block = default;
            Pair(low01, low23, low45, low67, 0b11_10_11_10, out var low2, out var low3);
            Pair(high01, high23, high45, high67, 0b11_10_11_10, out var high2, out var high3);
            Split(ref block, low3, high3, Vector512.Load(bits + (3 * row)));
            MultiplyAdd(ref product, block, group->Powers);
            Split(ref block, low2, high2, Vector512.Load(bits + (2 * row)));
            MultiplyAdd(ref product, block, group->Powers + power);
            Pair(low01, low23, low45, low67, 0b01_00_01_00, out var low0, out var low1);
            Pair(high01, high23, high45, high67, 0b01_00_01_00, out var high0, out var high1);
            Split(ref block, low1, high1, Vector512.Load(bits + row));
            MultiplyAdd(ref product, block, group->Powers + (2 * power));
            Split(ref block, low0, high0, Vector512.Load(bits));
            sum.Add(block);
            MultiplyAdd(ref product, sum, group->Powers + (3 * power));
            Carry(ref product);
            sum = product;
        }
        sum.Store(group->Sum);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void PolyFinish(PolyGroup* group)
    {
        const int row = PolyGroup.Width;
        var sum = Limbs.Load(group->Sum);
        sum.Select(Vector512.Load(group->Running), Limbs.Load(group->HeadSum));
        Limbs product = default, block = default;
        Split(ref block, Vector512.Load(group->Tail + (2 * row)), Vector512.Load(group->Tail + (3 * row)), Vector512.Load(group->TailBits + row));
        MultiplyAdd(ref product, block, group->Powers);
        Split(ref block, Vector512.Load(group->Tail), Vector512.Load(group->Tail + row), Vector512.Load(group->TailBits));
        sum.Add(block);
        MultiplyAdd(ref product, sum, group->Powers + (PolyGroup.MultiplierRows * row));
        Carry(ref product);
        sum = product;
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
    /// <remarks>The multiplier stays in memory: registers are scarcer than loads.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd(ref Limbs product, in Limbs a, ulong* b)
    {
        const int row = PolyGroup.Width;
        ulong* r1 = b + row, r2 = b + (2 * row), r3 = b + (3 * row), r4 = b + (4 * row);
        ulong* s1 = b + (5 * row), s2 = b + (6 * row), s3 = b + (7 * row), s4 = b + (8 * row);
        product.L0 += Multiply(a.L0, b) + Multiply(a.L1, s4) + Multiply(a.L2, s3) + Multiply(a.L3, s2) + Multiply(a.L4, s1);
        product.L1 += Multiply(a.L0, r1) + Multiply(a.L1, b) + Multiply(a.L2, s4) + Multiply(a.L3, s3) + Multiply(a.L4, s2);
        product.L2 += Multiply(a.L0, r2) + Multiply(a.L1, r1) + Multiply(a.L2, b) + Multiply(a.L3, s4) + Multiply(a.L4, s3);
        product.L3 += Multiply(a.L0, r3) + Multiply(a.L1, r2) + Multiply(a.L2, r1) + Multiply(a.L3, b) + Multiply(a.L4, s4);
        product.L4 += Multiply(a.L0, r4) + Multiply(a.L1, r3) + Multiply(a.L2, r2) + Multiply(a.L3, r1) + Multiply(a.L4, b);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Multiply(Vector512<ulong> a, ulong* b) => Avx512F.Multiply(a.AsUInt32(), Vector512.Load((uint*)b));

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

        /// <summary>Writes the limbs and five times those that will meet limbs above 2^130.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void StoreMultiplier(ulong* rows)
        {
            Store(rows);
            (L1 + (L1 << 2)).Store(rows + (5 * PolyGroup.Width));
            (L2 + (L2 << 2)).Store(rows + (6 * PolyGroup.Width));
            (L3 + (L3 << 2)).Store(rows + (7 * PolyGroup.Width));
            (L4 + (L4 << 2)).Store(rows + (8 * PolyGroup.Width));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(in Limbs other)
        {
            L0 += other.L0;
            L1 += other.L1;
            L2 += other.L2;
            L3 += other.L3;
            L4 += other.L4;
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
}
