using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PfsVpn.Crypto;

/// <summary>ChaCha20 with eight blocks in each vector, and Poly1305 of four texts: AVX2.</summary>
/// <remarks>
/// References: RFC 8439 §2.3. The same as <see cref="ChaChaPolyVector512"/> at half the width. AVX2 has 16 registers, which one state fills: a second
/// one would only be spilled. It has no rotation either: by 16 and by 8 a shuffle of bytes does it, by 12 and by 7 two shifts.
/// Constant time: see <see cref="IChaChaPolyKernel"/>.
/// </remarks>
internal readonly unsafe partial struct ChaChaPolyVector256 : IChaChaPolyKernel
{
    /// <summary>Whether this machine has the instructions.</summary>
    public static bool IsSupported => Vector256.IsHardwareAccelerated && Avx2.IsSupported;

    /// <inheritdoc/>
    public static bool HasStreams => false;

    /// <inheritdoc/>
    public static int PassWidth(int count) => (count + 7) & ~7;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void XorBlocks(uint* key, LaneTable* lanes, int count)
    {
        for (var first = 0; first < count; first += 8) Xor8(key, lanes, first);
    }

    /// <summary>Eight lanes from <paramref name="first"/> on.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void Xor8(uint* key, LaneTable* lanes, int first)
    {
        Vector256<uint> x0 = Vector256.Create(0x61707865u), x1 = Vector256.Create(0x3320646eu), x2 = Vector256.Create(0x79622d32u), x3 = Vector256.Create(0x6b206574u);
        Vector256<uint> x4 = KeyWord(key, 0), x5 = KeyWord(key, 1), x6 = KeyWord(key, 2), x7 = KeyWord(key, 3);
        Vector256<uint> x8 = KeyWord(key, 4), x9 = KeyWord(key, 5), x10 = KeyWord(key, 6), x11 = KeyWord(key, 7);
        Vector256<uint> x12 = Vector256.Load(lanes->Counter + first), x13 = Vector256<uint>.Zero;
        Vector256<uint> x14 = Vector256.Load(lanes->NonceLow + first), x15 = Vector256.Load(lanes->NonceHigh + first);
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
        x0 += Vector256.Create(0x61707865u);
        x1 += Vector256.Create(0x3320646eu);
        x2 += Vector256.Create(0x79622d32u);
        x3 += Vector256.Create(0x6b206574u);
        x4 += KeyWord(key, 0);
        x5 += KeyWord(key, 1);
        x6 += KeyWord(key, 2);
        x7 += KeyWord(key, 3);
        XorHalves(blocks, 0, x0, x1, x2, x3, x4, x5, x6, x7);
        x8 += KeyWord(key, 4);
        x9 += KeyWord(key, 5);
        x10 += KeyWord(key, 6);
        x11 += KeyWord(key, 7);
        // Word 13 began as zero.
        x12 += Vector256.Load(lanes->Counter + first);
        x14 += Vector256.Load(lanes->NonceLow + first);
        x15 += Vector256.Load(lanes->NonceHigh + first);
        XorHalves(blocks, 8, x8, x9, x10, x11, x12, x13, x14, x15);
    }

    /// <summary>A quarter of four quarter rounds: a += b; d = (d ^ a) rotated left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector256<uint> a0, ref Vector256<uint> a1, ref Vector256<uint> a2, ref Vector256<uint> a3,
        Vector256<uint> b0, Vector256<uint> b1, Vector256<uint> b2, Vector256<uint> b3,
        ref Vector256<uint> d0, ref Vector256<uint> d1, ref Vector256<uint> d2, ref Vector256<uint> d3, [ConstantExpected] byte rotation)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> RotateLeft(Vector256<uint> x, [ConstantExpected] byte rotation)
    {
        if (Avx512F.VL.IsSupported) return Avx512F.VL.RotateLeft(x, rotation);
        if (rotation == 16)
        {
            return Avx2.Shuffle(x.AsByte(), Vector256.Create(
                (byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)).AsUInt32();
        }
        if (rotation == 8)
        {
            return Avx2.Shuffle(x.AsByte(), Vector256.Create(
                (byte)3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14)).AsUInt32();
        }
        return (x << rotation) | (x >>> (32 - rotation));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<uint> KeyWord(uint* key, int word) => Vector256.Create(Volatile.Read(ref key[word]));

    /// <summary>Turns eight vectors of one word each into half blocks of eight lanes, and adds them to words <paramref name="word"/> and on of each block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void XorHalves(
        ulong* blocks, int word, Vector256<uint> x0, Vector256<uint> x1, Vector256<uint> x2, Vector256<uint> x3,
        Vector256<uint> x4, Vector256<uint> x5, Vector256<uint> x6, Vector256<uint> x7)
    {
        TransposeQuarters(ref x0, ref x1, ref x2, ref x3);
        TransposeQuarters(ref x4, ref x5, ref x6, ref x7);
        XorLanes(blocks, word, x0, x4);
        XorLanes(blocks + 1, word, x1, x5);
        XorLanes(blocks + 2, word, x2, x6);
        XorLanes(blocks + 3, word, x3, x7);
    }

    /// <summary>A 4 by 4 transposition of words within each 128-bit half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeQuarters(ref Vector256<uint> a, ref Vector256<uint> b, ref Vector256<uint> c, ref Vector256<uint> d)
    {
        var ab = Avx2.UnpackLow(a, b).AsUInt64();
        var cd = Avx2.UnpackLow(c, d).AsUInt64();
        var abHigh = Avx2.UnpackHigh(a, b).AsUInt64();
        var cdHigh = Avx2.UnpackHigh(c, d).AsUInt64();
        a = Avx2.UnpackLow(ab, cd).AsUInt32();
        b = Avx2.UnpackHigh(ab, cd).AsUInt32();
        c = Avx2.UnpackLow(abHigh, cdHigh).AsUInt32();
        d = Avx2.UnpackHigh(abHigh, cdHigh).AsUInt32();
    }

    /// <summary>Half blocks of lanes 0 and 4 of <paramref name="blocks"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void XorLanes(ulong* blocks, int word, Vector256<uint> a, Vector256<uint> b)
    {
        var lane0 = (uint*)blocks[0] + word;
        var lane4 = (uint*)blocks[4] + word;
        (Vector256.Load(lane0) ^ Avx2.Permute2x128(a, b, 0x20)).Store(lane0);
        (Vector256.Load(lane4) ^ Avx2.Permute2x128(a, b, 0x31)).Store(lane4);
    }
}
