using System.Numerics;
using System.Runtime.CompilerServices;

namespace PfsVpn.Crypto;

/// <summary>ChaCha20 one block at a time, with 32-bit arithmetic, for hardware without vectors; Poly1305 by <see cref="Poly1305Scalar"/>.</summary>
/// <remarks>References: RFC 8439 §2.3. Constant time: see <see cref="IChaChaPolyKernel"/>.</remarks>
internal readonly unsafe struct ChaChaPolyScalar : IChaChaPolyKernel
{
    /// <inheritdoc/>
    public static int PolyLanes => 1;

    /// <inheritdoc/>
    public static int PolyChunkBlocks => 1;

    /// <inheritdoc/>
    public static bool HasStreams => false;

    /// <inheritdoc/>
    public static int PassWidth(int count) => count;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void XorBlocks(uint* key, LaneTable* lanes, int count)
    {
        for (var lane = 0; lane < count; lane++) XorBlock(key, lanes->Counter[lane], lanes->NonceLow[lane], lanes->NonceHigh[lane], (uint*)lanes->Block[lane]);
    }

    /// <inheritdoc/>
    public static void PolyStart(PolyGroup* group) => throw new NotSupportedException();

    /// <inheritdoc/>
    public static void PolyAbsorb(PolyGroup* group, nint chunks, ulong* bits) => throw new NotSupportedException();

    /// <inheritdoc/>
    public static void PolyFinish(PolyGroup* group) => throw new NotSupportedException();

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void XorBlock(uint* key, uint counter, uint nonceLow, uint nonceHigh, uint* block)
    {
        uint x0 = 0x61707865, x1 = 0x3320646e, x2 = 0x79622d32, x3 = 0x6b206574;
        uint x4 = KeyWord(key, 0), x5 = KeyWord(key, 1), x6 = KeyWord(key, 2), x7 = KeyWord(key, 3);
        uint x8 = KeyWord(key, 4), x9 = KeyWord(key, 5), x10 = KeyWord(key, 6), x11 = KeyWord(key, 7);
        uint x12 = counter, x13 = 0, x14 = nonceLow, x15 = nonceHigh;
        for (var i = 0; i < 10; i++)
        {
            // Columns.
            QuarterRound(ref x0, ref x4, ref x8, ref x12);
            QuarterRound(ref x1, ref x5, ref x9, ref x13);
            QuarterRound(ref x2, ref x6, ref x10, ref x14);
            QuarterRound(ref x3, ref x7, ref x11, ref x15);
            // Diagonals.
            QuarterRound(ref x0, ref x5, ref x10, ref x15);
            QuarterRound(ref x1, ref x6, ref x11, ref x12);
            QuarterRound(ref x2, ref x7, ref x8, ref x13);
            QuarterRound(ref x3, ref x4, ref x9, ref x14);
        }
        block[0] ^= x0 + 0x61707865;
        block[1] ^= x1 + 0x3320646e;
        block[2] ^= x2 + 0x79622d32;
        block[3] ^= x3 + 0x6b206574;
        block[4] ^= x4 + KeyWord(key, 0);
        block[5] ^= x5 + KeyWord(key, 1);
        block[6] ^= x6 + KeyWord(key, 2);
        block[7] ^= x7 + KeyWord(key, 3);
        block[8] ^= x8 + KeyWord(key, 4);
        block[9] ^= x9 + KeyWord(key, 5);
        block[10] ^= x10 + KeyWord(key, 6);
        block[11] ^= x11 + KeyWord(key, 7);
        block[12] ^= x12 + counter;
        block[13] ^= x13;
        block[14] ^= x14 + nonceLow;
        block[15] ^= x15 + nonceHigh;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void QuarterRound(ref uint a, ref uint b, ref uint c, ref uint d)
    {
        a += b;
        d = BitOperations.RotateLeft(d ^ a, 16);
        c += d;
        b = BitOperations.RotateLeft(b ^ c, 12);
        a += b;
        d = BitOperations.RotateLeft(d ^ a, 8);
        c += d;
        b = BitOperations.RotateLeft(b ^ c, 7);
    }

    /// <summary>Read from the slot for each use: see <see cref="ChaChaPolyVector512"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint KeyWord(uint* key, int word) => Volatile.Read(ref key[word]);
}
