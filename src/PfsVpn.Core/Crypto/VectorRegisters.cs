using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PfsVpn.Crypto;

/// <summary>Zeroes the vector registers of the calling thread, where finished calls left keys and one-time keys.</summary>
/// <remarks>
/// A thread that waits keeps its registers as they were, and any signal that reaches it then has the kernel write all of them onto its stack, where they stay.
/// The memory search found r² of Poly1305 there. Returning from a kernel clears the upper parts of the first sixteen at most.
/// Safety: there is no instruction for it in C#; instead as many values are alive at once as there are registers, all of them zero and none known to be to the
/// compiler. Those that it has no register for it spills, as zeros. Threading: the calling thread's own registers.
/// </remarks>
internal static unsafe class VectorRegisters
{
    private const int Most = 32;

    /// <summary>Zeroes all of them, in full width.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Clear()
    {
        var zeros = stackalloc byte[64 * Most];
        SecretMemory.Zero(zeros, 64 * Most);
        if (Avx512F.IsSupported) Clear512(zeros);
        else if (Vector256.IsHardwareAccelerated) Clear256(zeros);
        else Clear128(zeros);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Clear512(byte* zeros)
    {
        var (v0, v1, v2, v3) = (Vector512.Load(zeros + 0), Vector512.Load(zeros + 64), Vector512.Load(zeros + 128), Vector512.Load(zeros + 192));
        var (v4, v5, v6, v7) = (Vector512.Load(zeros + 256), Vector512.Load(zeros + 320), Vector512.Load(zeros + 384), Vector512.Load(zeros + 448));
        var (v8, v9, v10, v11) = (Vector512.Load(zeros + 512), Vector512.Load(zeros + 576), Vector512.Load(zeros + 640), Vector512.Load(zeros + 704));
        var (v12, v13, v14, v15) = (Vector512.Load(zeros + 768), Vector512.Load(zeros + 832), Vector512.Load(zeros + 896), Vector512.Load(zeros + 960));
        var (v16, v17, v18, v19) = (Vector512.Load(zeros + 1024), Vector512.Load(zeros + 1088), Vector512.Load(zeros + 1152), Vector512.Load(zeros + 1216));
        var (v20, v21, v22, v23) = (Vector512.Load(zeros + 1280), Vector512.Load(zeros + 1344), Vector512.Load(zeros + 1408), Vector512.Load(zeros + 1472));
        var (v24, v25, v26, v27) = (Vector512.Load(zeros + 1536), Vector512.Load(zeros + 1600), Vector512.Load(zeros + 1664), Vector512.Load(zeros + 1728));
        var (v28, v29, v30, v31) = (Vector512.Load(zeros + 1792), Vector512.Load(zeros + 1856), Vector512.Load(zeros + 1920), Vector512.Load(zeros + 1984));
        // Each is used by the one before it and by the last: none can end before all are there.
        v0 ^= v1; v1 ^= v2; v2 ^= v3; v3 ^= v4;
        v4 ^= v5; v5 ^= v6; v6 ^= v7; v7 ^= v8;
        v8 ^= v9; v9 ^= v10; v10 ^= v11; v11 ^= v12;
        v12 ^= v13; v13 ^= v14; v14 ^= v15; v15 ^= v16;
        v16 ^= v17; v17 ^= v18; v18 ^= v19; v19 ^= v20;
        v20 ^= v21; v21 ^= v22; v22 ^= v23; v23 ^= v24;
        v24 ^= v25; v25 ^= v26; v26 ^= v27; v27 ^= v28;
        v28 ^= v29; v29 ^= v30; v30 ^= v31; v31 ^= v0;
        (v0 ^ v1 ^ v2 ^ v3 ^ v4 ^ v5 ^ v6 ^ v7 ^ v8 ^ v9 ^ v10 ^ v11 ^ v12 ^ v13 ^ v14 ^ v15 ^ v16 ^ v17 ^ v18 ^ v19 ^ v20 ^ v21 ^ v22 ^ v23 ^ v24 ^ v25 ^ v26 ^ v27 ^ v28 ^ v29 ^ v30 ^ v31).Store(zeros);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Clear256(byte* zeros)
    {
        var (v0, v1, v2, v3) = (Vector256.Load(zeros + 0), Vector256.Load(zeros + 64), Vector256.Load(zeros + 128), Vector256.Load(zeros + 192));
        var (v4, v5, v6, v7) = (Vector256.Load(zeros + 256), Vector256.Load(zeros + 320), Vector256.Load(zeros + 384), Vector256.Load(zeros + 448));
        var (v8, v9, v10, v11) = (Vector256.Load(zeros + 512), Vector256.Load(zeros + 576), Vector256.Load(zeros + 640), Vector256.Load(zeros + 704));
        var (v12, v13, v14, v15) = (Vector256.Load(zeros + 768), Vector256.Load(zeros + 832), Vector256.Load(zeros + 896), Vector256.Load(zeros + 960));
        // Each is used by the one before it and by the last: none can end before all are there.
        v0 ^= v1; v1 ^= v2; v2 ^= v3; v3 ^= v4;
        v4 ^= v5; v5 ^= v6; v6 ^= v7; v7 ^= v8;
        v8 ^= v9; v9 ^= v10; v10 ^= v11; v11 ^= v12;
        v12 ^= v13; v13 ^= v14; v14 ^= v15; v15 ^= v0;
        (v0 ^ v1 ^ v2 ^ v3 ^ v4 ^ v5 ^ v6 ^ v7 ^ v8 ^ v9 ^ v10 ^ v11 ^ v12 ^ v13 ^ v14 ^ v15).Store(zeros);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Clear128(byte* zeros)
    {
        var (v0, v1, v2, v3) = (Vector128.Load(zeros + 0), Vector128.Load(zeros + 64), Vector128.Load(zeros + 128), Vector128.Load(zeros + 192));
        var (v4, v5, v6, v7) = (Vector128.Load(zeros + 256), Vector128.Load(zeros + 320), Vector128.Load(zeros + 384), Vector128.Load(zeros + 448));
        var (v8, v9, v10, v11) = (Vector128.Load(zeros + 512), Vector128.Load(zeros + 576), Vector128.Load(zeros + 640), Vector128.Load(zeros + 704));
        var (v12, v13, v14, v15) = (Vector128.Load(zeros + 768), Vector128.Load(zeros + 832), Vector128.Load(zeros + 896), Vector128.Load(zeros + 960));
        var (v16, v17, v18, v19) = (Vector128.Load(zeros + 1024), Vector128.Load(zeros + 1088), Vector128.Load(zeros + 1152), Vector128.Load(zeros + 1216));
        var (v20, v21, v22, v23) = (Vector128.Load(zeros + 1280), Vector128.Load(zeros + 1344), Vector128.Load(zeros + 1408), Vector128.Load(zeros + 1472));
        var (v24, v25, v26, v27) = (Vector128.Load(zeros + 1536), Vector128.Load(zeros + 1600), Vector128.Load(zeros + 1664), Vector128.Load(zeros + 1728));
        var (v28, v29, v30, v31) = (Vector128.Load(zeros + 1792), Vector128.Load(zeros + 1856), Vector128.Load(zeros + 1920), Vector128.Load(zeros + 1984));
        // Each is used by the one before it and by the last: none can end before all are there.
        v0 ^= v1; v1 ^= v2; v2 ^= v3; v3 ^= v4;
        v4 ^= v5; v5 ^= v6; v6 ^= v7; v7 ^= v8;
        v8 ^= v9; v9 ^= v10; v10 ^= v11; v11 ^= v12;
        v12 ^= v13; v13 ^= v14; v14 ^= v15; v15 ^= v16;
        v16 ^= v17; v17 ^= v18; v18 ^= v19; v19 ^= v20;
        v20 ^= v21; v21 ^= v22; v22 ^= v23; v23 ^= v24;
        v24 ^= v25; v25 ^= v26; v26 ^= v27; v27 ^= v28;
        v28 ^= v29; v29 ^= v30; v30 ^= v31; v31 ^= v0;
        (v0 ^ v1 ^ v2 ^ v3 ^ v4 ^ v5 ^ v6 ^ v7 ^ v8 ^ v9 ^ v10 ^ v11 ^ v12 ^ v13 ^ v14 ^ v15 ^ v16 ^ v17 ^ v18 ^ v19 ^ v20 ^ v21 ^ v22 ^ v23 ^ v24 ^ v25 ^ v26 ^ v27 ^ v28 ^ v29 ^ v30 ^ v31).Store(zeros);
    }
}
