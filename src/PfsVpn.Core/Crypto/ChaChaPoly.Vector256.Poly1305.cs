using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PfsVpn.Crypto;

/// <content>
/// Poly1305 of four texts, one in each 64-bit lane: the arithmetic of <see cref="ChaChaPolyVector512"/> at half the width.
/// Bounds: a limb is below 2^26 + 2^9 after the carries and below 2^27 with a block added; multipliers are below 5 · 2^26.1; ten products stay below 2^60.
/// </content>
internal readonly unsafe partial struct ChaChaPolyVector256
{
    /// <inheritdoc/>
    public static int PolyLanes => 4;

    /// <inheritdoc/>
    public static int PolyChunkBlocks => 2;

    private static Vector256<ulong> LimbMask
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256.Create((1UL << 26) - 1);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void PolyStart(PolyGroup* group)
    {
        // RFC 8439 §2.5: some bits of r are cleared.
        var low = Vector256.Load(group->Key) & Vector256.Create(0x0ffffffc0fffffffUL);
        var high = Vector256.Load(group->Key + PolyGroup.Width) & Vector256.Create(0x0ffffffc0ffffffcUL);
        Limbs r = default, square = default;
        Split(ref r, low, high, Vector256<ulong>.Zero);
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
        var running = Vector256.Load(group->Running);
        var sum = Limbs.Load(group->Sum);
        sum.Select(running, Limbs.Load(group->HeadSum));
        byte* t0 = (byte*)group->Text[0], t1 = (byte*)group->Text[1], t2 = (byte*)group->Text[2], t3 = (byte*)group->Text[3];
        for (nint at = 0, end = chunks * 32; at < end; at += 32)
        {
            // Four texts of two blocks each become, for each block, its lower and its upper halves in four lanes.
            Vector256<ulong> a0 = Vector256.Load((ulong*)(t0 + at)), a1 = Vector256.Load((ulong*)(t1 + at));
            Vector256<ulong> a2 = Vector256.Load((ulong*)(t2 + at)), a3 = Vector256.Load((ulong*)(t3 + at));
            Vector256<ulong> low01 = Avx2.UnpackLow(a0, a1), high01 = Avx2.UnpackHigh(a0, a1);
            Vector256<ulong> low23 = Avx2.UnpackLow(a2, a3), high23 = Avx2.UnpackHigh(a2, a3);
            Step(
                ref sum, Avx2.Permute2x128(low01, low23, 0x20), Avx2.Permute2x128(high01, high23, 0x20), Vector256.Load(bits),
                Avx2.Permute2x128(low01, low23, 0x31), Avx2.Permute2x128(high01, high23, 0x31), Vector256.Load(bits + PolyGroup.Width), r, square);
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
        sum.Select(Vector256.Load(group->Running), Limbs.Load(group->HeadSum));
        Step(
            ref sum, Vector256.Load(group->Tail), Vector256.Load(group->Tail + row), Vector256.Load(group->TailBits),
            Vector256.Load(group->Tail + (2 * row)), Vector256.Load(group->Tail + (3 * row)), Vector256.Load(group->TailBits + row), r, square);
        CarryFully(ref sum);
        // Where sum + 5 reaches 2^130, sum was at least the modulus: then sum + 5 without its top bit is the result.
        var other = sum;
        other.L0 += Vector256.Create(5UL);
        CarryUpwards(ref other);
        var reduced = Vector256<ulong>.Zero - (other.L4 >>> 26);
        other.L4 &= LimbMask;
        other.Select(reduced, sum);
        (other.L0 | (other.L1 << 26) | (other.L2 << 52)).Store(group->Result);
        ((other.L2 >>> 12) | (other.L3 << 14) | (other.L4 << 40)).Store(group->Result + row);
    }

    /// <summary>
    /// Joins the lanes, which are consecutive pieces of one text: lane 0 of <see cref="PolyGroup.Result"/> has their sum in three rows, not fully reduced.
    /// </summary>
    /// <param name="group">The lanes.</param>
    /// <param name="blocks">Blocks of 16 bytes in each piece but the first ones, which may have fewer; at least 1.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void PolyJoin(PolyGroup* group, int blocks)
    {
        var r = Limbs.Load(group->R);
        var power = r;
        for (var bit = 30 - BitOperations.LeadingZeroCount((uint)blocks); bit >= 0; bit--)
        {
            MultiplyBy(ref power, power);
            if (((blocks >> bit) & 1) != 0) MultiplyBy(ref power, r);
        }
        // Lane i of n stands n - 1 - i pieces before the end: its factor is made of the bits of that number.
        Limbs one = default;
        one.L0 = Vector256<ulong>.One;
        var factor = power;
        factor.Select(Vector256.Create(~0UL, 0, ~0UL, 0), one);
        MultiplyBy(ref power, power);
        var part = power;
        part.Select(Vector256.Create(~0UL, ~0UL, 0, 0), one);
        MultiplyBy(ref factor, part);
        var sum = Limbs.Load(group->Sum);
        sum.Select(Vector256.Load(group->Running), Limbs.Load(group->HeadSum));
        MultiplyBy(ref sum, factor);
        var total = new Limbs
        {
            L0 = Vector256.CreateScalar(Vector256.Sum(sum.L0)),
            L1 = Vector256.CreateScalar(Vector256.Sum(sum.L1)),
            L2 = Vector256.CreateScalar(Vector256.Sum(sum.L2)),
            L3 = Vector256.CreateScalar(Vector256.Sum(sum.L3)),
            L4 = Vector256.CreateScalar(Vector256.Sum(sum.L4)),
        };
        CarryFully(ref total);
        (total.L0 | (total.L1 << 26) | (total.L2 << 52)).Store(group->Result);
        ((total.L2 >>> 12) | (total.L3 << 14) | (total.L4 << 40)).Store(group->Result + PolyGroup.Width);
        (total.L4 >>> 24).Store(group->Result + (2 * PolyGroup.Width));
    }

    /// <summary>sum = (sum + first) · r² + second · r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        ref Limbs sum, Vector256<ulong> low1, Vector256<ulong> high1, Vector256<ulong> bit1,
        Vector256<ulong> low2, Vector256<ulong> high2, Vector256<ulong> bit2, in Multiplier r, in Multiplier square)
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
    private static void Split(ref Limbs limbs, Vector256<ulong> low, Vector256<ulong> high, Vector256<ulong> bit)
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

    /// <summary>a = a · b, with its carries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyBy(ref Limbs a, in Limbs b)
    {
        Limbs product = default;
        MultiplyAdd(ref product, a, new Multiplier(b));
        Carry(ref product);
        a = product;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Multiply(Vector256<ulong> a, Vector256<ulong> b) => Avx2.Multiply(a.AsUInt32(), b.AsUInt32());

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

    /// <summary>Four numbers modulo 2^130 - 5. The JIT keeps the parts in registers.</summary>
    private struct Limbs
    {
        public Vector256<ulong> L0, L1, L2, L3, L4;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Limbs Load(ulong* rows) => new()
        {
            L0 = Vector256.Load(rows),
            L1 = Vector256.Load(rows + PolyGroup.Width),
            L2 = Vector256.Load(rows + (2 * PolyGroup.Width)),
            L3 = Vector256.Load(rows + (3 * PolyGroup.Width)),
            L4 = Vector256.Load(rows + (4 * PolyGroup.Width)),
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
        public void Select(Vector256<ulong> mask, in Limbs other)
        {
            L0 = Vector256.ConditionalSelect(mask, L0, other.L0);
            L1 = Vector256.ConditionalSelect(mask, L1, other.L1);
            L2 = Vector256.ConditionalSelect(mask, L2, other.L2);
            L3 = Vector256.ConditionalSelect(mask, L3, other.L3);
            L4 = Vector256.ConditionalSelect(mask, L4, other.L4);
        }
    }

    /// <summary>A number to multiply by: its limbs, and five times those that meet limbs above 2^130.</summary>
    private readonly struct Multiplier
    {
        public readonly Vector256<ulong> R0, R1, R2, R3, R4, S1, S2, S3, S4;

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
