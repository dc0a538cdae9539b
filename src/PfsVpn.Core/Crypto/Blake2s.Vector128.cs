using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace PfsVpn.Crypto;

/// <content>
/// The compression function with a row of four words in each vector, on any hardware that has 128-bit vectors (SSE2, AdvSimd).
/// The sixteen words never leave the registers. Each round is written out: its message words then have fixed addresses.
/// </content>
internal unsafe partial struct Blake2s
{
    /// <summary>Absorbs one block of 64 bytes into the 8 words of <paramref name="h"/>; <paramref name="counter"/> includes the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void CompressVector128(uint* h, byte* block, ulong counter, bool last)
    {
        var m = (uint*)block;
        var h0 = Vector128.Load(h);
        var h1 = Vector128.Load(h + 4);
        var a = h0;
        var b = h1;
        var c = Vector128.Create(0x6A09E667u, 0xBB67AE85u, 0x3C6EF372u, 0xA54FF53Au);
        var d = Vector128.Create(0x510E527Fu, 0x9B05688Cu, 0x1F83D9ABu, 0x5BE0CD19u)
            ^ Vector128.Create((uint)counter, (uint)(counter >> 32), last ? uint.MaxValue : 0u, 0u);

        // SIGMA of RFC 7693 §2.7, one row a round.
        Round(ref a, ref b, ref c, ref d, m, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
        Round(ref a, ref b, ref c, ref d, m, 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3);
        Round(ref a, ref b, ref c, ref d, m, 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4);
        Round(ref a, ref b, ref c, ref d, m, 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8);
        Round(ref a, ref b, ref c, ref d, m, 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13);
        Round(ref a, ref b, ref c, ref d, m, 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9);
        Round(ref a, ref b, ref c, ref d, m, 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11);
        Round(ref a, ref b, ref c, ref d, m, 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10);
        Round(ref a, ref b, ref c, ref d, m, 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5);
        Round(ref a, ref b, ref c, ref d, m, 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0);

        (h0 ^ a ^ c).Store(h);
        (h1 ^ b ^ d).Store(h + 4);
    }

    /// <summary>Four column steps at once, then four diagonal steps: rows 2 to 4 are turned so that diagonals become columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d, uint* m,
        int s0, int s1, int s2, int s3, int s4, int s5, int s6, int s7, int s8, int s9, int s10, int s11, int s12, int s13, int s14, int s15)
    {
        MixRows(ref a, ref b, ref c, ref d, Vector128.Create(m[s0], m[s2], m[s4], m[s6]), Vector128.Create(m[s1], m[s3], m[s5], m[s7]));
        b = Vector128.Shuffle(b, Vector128.Create(1u, 2, 3, 0));
        c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
        d = Vector128.Shuffle(d, Vector128.Create(3u, 0, 1, 2));
        MixRows(ref a, ref b, ref c, ref d, Vector128.Create(m[s8], m[s10], m[s12], m[s14]), Vector128.Create(m[s9], m[s11], m[s13], m[s15]));
        b = Vector128.Shuffle(b, Vector128.Create(3u, 0, 1, 2));
        c = Vector128.Shuffle(c, Vector128.Create(2u, 3, 0, 1));
        d = Vector128.Shuffle(d, Vector128.Create(1u, 2, 3, 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MixRows(
        ref Vector128<uint> a, ref Vector128<uint> b, ref Vector128<uint> c, ref Vector128<uint> d, Vector128<uint> x, Vector128<uint> y)
    {
        // b is the last to be ready: what does not need it is added first.
        a = a + x + b;
        d = Vector128.Shuffle((d ^ a).AsByte(), RightBy16).AsUInt32();
        c += d;
        b ^= c;
        b = (b >>> 12) | (b << 20);
        a = a + y + b;
        d = Vector128.Shuffle((d ^ a).AsByte(), RightBy8).AsUInt32();
        c += d;
        b ^= c;
        b = (b >>> 7) | (b << 25);
    }

    /// <summary>Rotates each word by 16 bits: a shuffle of bytes.</summary>
    private static Vector128<byte> RightBy16 => Vector128.Create((byte)2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);

    /// <summary>Rotates each word right by 8 bits: a shuffle of bytes.</summary>
    private static Vector128<byte> RightBy8 => Vector128.Create((byte)1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
}
