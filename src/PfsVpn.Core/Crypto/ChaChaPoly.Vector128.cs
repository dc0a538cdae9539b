using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PfsVpn.Crypto;

/// <summary>ChaCha20 with four blocks in each vector, on any hardware that has 128-bit vectors (SSE2, AdvSimd); Poly1305 by <see cref="Poly1305Scalar"/>.</summary>
/// <remarks>
/// References: RFC 8439 §2.3. Two lanes of 32-bit products would not be quicker than one 64-bit product, so Poly1305 stays scalar.
/// Constant time: see <see cref="IChaChaPolyKernel"/>.
/// </remarks>
internal readonly unsafe struct ChaChaPolyVector128 : IChaChaPolyKernel
{
    /// <summary>Whether this machine has the instructions.</summary>
    public static bool IsSupported => Vector128.IsHardwareAccelerated;

    /// <inheritdoc/>
    public static int PolyLanes => 1;

    /// <inheritdoc/>
    public static int PolyChunkBlocks => 1;

    /// <inheritdoc/>
    public static bool HasStreams => false;

    /// <inheritdoc/>
    public static int PassWidth(int count) => (count + 3) & ~3;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void XorBlocks(uint* key, LaneTable* lanes, int count)
    {
        for (var first = 0; first < count; first += 4) Xor4(key, lanes, first);
    }

    /// <inheritdoc/>
    public static void PolyStart(PolyGroup* group) => throw new NotSupportedException();

    /// <inheritdoc/>
    public static void PolyAbsorb(PolyGroup* group, nint chunks, ulong* bits) => throw new NotSupportedException();

    /// <inheritdoc/>
    public static void PolyFinish(PolyGroup* group) => throw new NotSupportedException();

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void Xor4(uint* key, LaneTable* lanes, int first)
    {
        Vector128<uint> x0 = Vector128.Create(0x61707865u), x1 = Vector128.Create(0x3320646eu), x2 = Vector128.Create(0x79622d32u), x3 = Vector128.Create(0x6b206574u);
        Vector128<uint> x4 = KeyWord(key, 0), x5 = KeyWord(key, 1), x6 = KeyWord(key, 2), x7 = KeyWord(key, 3);
        Vector128<uint> x8 = KeyWord(key, 4), x9 = KeyWord(key, 5), x10 = KeyWord(key, 6), x11 = KeyWord(key, 7);
        Vector128<uint> x12 = Vector128.Load(lanes->Counter + first), x13 = Vector128<uint>.Zero;
        Vector128<uint> x14 = Vector128.Load(lanes->NonceLow + first), x15 = Vector128.Load(lanes->NonceHigh + first);
        for (var i = 0; i < 10; i++)
        {
            // Columns.
            Mix(ref x0, ref x1, ref x2, ref x3, x4, x5, x6, x7, ref x12, ref x13, ref x14, ref x15, 16);
            Mix(ref x8, ref x9, ref x10, ref x11, x12, x13, x14, x15, ref x4, ref x5, ref x6, ref x7, 12);
            Mix(ref x0, ref x1, ref x2, ref x3, x4, x5, x6, x7, ref x12, ref x13, ref x14, ref x15, 8);
            Mix(ref x8, ref x9, ref x10, ref x11, x12, x13, x14, x15, ref x4, ref x5, ref x6, ref x7, 7);
            // Diagonals.
            Mix(ref x0, ref x1, ref x2, ref x3, x5, x6, x7, x4, ref x15, ref x12, ref x13, ref x14, 16);
            Mix(ref x10, ref x11, ref x8, ref x9, x15, x12, x13, x14, ref x5, ref x6, ref x7, ref x4, 12);
            Mix(ref x0, ref x1, ref x2, ref x3, x5, x6, x7, x4, ref x15, ref x12, ref x13, ref x14, 8);
            Mix(ref x10, ref x11, ref x8, ref x9, x15, x12, x13, x14, ref x5, ref x6, ref x7, ref x4, 7);
        }
        var blocks = lanes->Block + first;
        XorQuarters(
            blocks, 0, x0 + Vector128.Create(0x61707865u), x1 + Vector128.Create(0x3320646eu), x2 + Vector128.Create(0x79622d32u), x3 + Vector128.Create(0x6b206574u));
        XorQuarters(blocks, 4, x4 + KeyWord(key, 0), x5 + KeyWord(key, 1), x6 + KeyWord(key, 2), x7 + KeyWord(key, 3));
        XorQuarters(blocks, 8, x8 + KeyWord(key, 4), x9 + KeyWord(key, 5), x10 + KeyWord(key, 6), x11 + KeyWord(key, 7));
        // Word 13 began as zero.
        XorQuarters(
            blocks, 12, x12 + Vector128.Load(lanes->Counter + first), x13, x14 + Vector128.Load(lanes->NonceLow + first), x15 + Vector128.Load(lanes->NonceHigh + first));
    }

    /// <summary>A quarter of four quarter rounds: a += b; d = (d ^ a) rotated left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector128<uint> a0, ref Vector128<uint> a1, ref Vector128<uint> a2, ref Vector128<uint> a3,
        Vector128<uint> b0, Vector128<uint> b1, Vector128<uint> b2, Vector128<uint> b3,
        ref Vector128<uint> d0, ref Vector128<uint> d1, ref Vector128<uint> d2, ref Vector128<uint> d3, [ConstantExpected] byte rotation)
    {
        a0 += b0;
        a1 += b1;
        a2 += b2;
        a3 += b3;
        d0 = RotateLeft(d0 ^ a0, rotation);
        d1 = RotateLeft(d1 ^ a1, rotation);
        d2 = RotateLeft(d2 ^ a2, rotation);
        d3 = RotateLeft(d3 ^ a3, rotation);
    }

    /// <summary>By 16 and by 8 a shuffle of bytes does it, by 12 and by 7 two shifts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> RotateLeft(Vector128<uint> x, [ConstantExpected] byte rotation)
    {
        if (rotation == 16) return Vector128.Shuffle(x.AsByte(), Vector128.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();
        if (rotation == 8) return Vector128.Shuffle(x.AsByte(), Vector128.Create((byte)3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14)).AsUInt32();
        return (x << rotation) | (x >>> (32 - rotation));
    }

    /// <summary>Read from the slot for each use: see <see cref="ChaChaPolyVector512"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> KeyWord(uint* key, int word) => Vector128.Create(Volatile.Read(ref key[word]));

    /// <summary>Turns four vectors of one word each into quarter blocks of four lanes, and adds them to words <paramref name="word"/> and on of each block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void XorQuarters(ulong* blocks, int word, Vector128<uint> a, Vector128<uint> b, Vector128<uint> c, Vector128<uint> d)
    {
        // Two rounds of interleaving words at a distance of two make a 4 by 4 transposition.
        Vector128<uint> ac = Zip(a, c, upper: false), acHigh = Zip(a, c, upper: true), bd = Zip(b, d, upper: false), bdHigh = Zip(b, d, upper: true);
        Xor((uint*)blocks[0] + word, Zip(ac, bd, upper: false));
        Xor((uint*)blocks[1] + word, Zip(ac, bd, upper: true));
        Xor((uint*)blocks[2] + word, Zip(acHigh, bdHigh, upper: false));
        Xor((uint*)blocks[3] + word, Zip(acHigh, bdHigh, upper: true));
    }

    /// <summary>Interleaves the lower or the upper two words of two vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> Zip(Vector128<uint> a, Vector128<uint> b, bool upper)
    {
        if (System.Runtime.Intrinsics.X86.Sse2.IsSupported)
            return upper ? System.Runtime.Intrinsics.X86.Sse2.UnpackHigh(a, b) : System.Runtime.Intrinsics.X86.Sse2.UnpackLow(a, b);
        if (System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.IsSupported)
            return upper ? System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.ZipHigh(a, b) : System.Runtime.Intrinsics.Arm.AdvSimd.Arm64.ZipLow(a, b);
        var first = upper ? 2 : 0;
        return Vector128.Create(a.GetElement(first), b.GetElement(first), a.GetElement(first + 1), b.GetElement(first + 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Xor(uint* block, Vector128<uint> keyStream) => (Vector128.Load(block) ^ keyStream).Store(block);
}
