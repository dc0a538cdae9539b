using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace PfsVpn.Crypto;

/// <summary>ChaCha20 with 16 blocks in each vector, two such states interleaved, and Poly1305 of eight texts: AVX-512 F, BW, DQ and VL.</summary>
/// <remarks>
/// References: RFC 8439 §2.3. Word i of all blocks is vector i, so a quarter round is plain arithmetic on whole vectors, and the blocks are turned the
/// right way round only at the end. The key is read from its slot for each use: a local would be merged with the earlier reads and spilled to the stack.
/// Constant time: see <see cref="IChaChaPolyKernel"/>.
/// </remarks>
internal readonly unsafe partial struct ChaChaPolyVector512 : IChaChaPolyKernel
{
    /// <summary>Whether this machine has the instructions.</summary>
    public static bool IsSupported =>
        Vector512.IsHardwareAccelerated && Avx512F.VL.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported && Bmi2.X64.IsSupported && ChaChaPolyVector256.IsSupported;

    /// <inheritdoc/>
    public static int PassWidth(int count) => (count + 7) & ~7;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void XorBlocks(uint* key, LaneTable* lanes, int count)
    {
        // A half-empty vector costs as much as a full one, so eight lanes that are left over go into narrow ones.
        if (count <= 8) ChaChaPolyVector256.Xor8(key, lanes, 0);
        else if (count <= 24)
        {
            Xor16(key, lanes);
            if (count > 16) ChaChaPolyVector256.Xor8(key, lanes, 16);
        }
        else Xor32(key, lanes);
    }

    /// <summary>32 lanes, and meanwhile <see cref="PolyStream.StepsPerPass"/> steps of <see cref="LaneTable.Stream"/>.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void Xor32(uint* key, LaneTable* lanes)
    {
        Vector512<uint> x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15;
        Vector512<uint> y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15;
        Constants(out x0, out x1, out x2, out x3);
        KeyHalf(key, out x4, out x5, out x6, out x7);
        KeyHalf(key + 4, out x8, out x9, out x10, out x11);
        Position(lanes, 0, out x12, out x13, out x14, out x15);
        Constants(out y0, out y1, out y2, out y3);
        KeyHalf(key, out y4, out y5, out y6, out y7);
        KeyHalf(key + 4, out y8, out y9, out y10, out y11);
        Position(lanes, 16, out y12, out y13, out y14, out y15);
        var stream = FirstStream(lanes);
        ulong word0, word1, above;
        StreamLoad(stream, out var text, out var low, out var high, out var top);
        for (var i = 0; i < PolyStream.StepsPerPass; i++)
        {
            if (stream->Steps == 0)
            {
                StreamStore(stream, text, low, high, top);
                stream = stream->Next;
                StreamLoad(stream, out text, out low, out high, out top);
            }
            stream->Steps--;
            // Columns.
            Mix(ref x0, ref x1, ref x2, ref x3, x4, x5, x6, x7, ref x12, ref x13, ref x14, ref x15, 16);
            Mix(ref y0, ref y1, ref y2, ref y3, y4, y5, y6, y7, ref y12, ref y13, ref y14, ref y15, 16);
            StreamAdd(text, ref low, ref high, ref top);
            Mix(ref x8, ref x9, ref x10, ref x11, x12, x13, x14, x15, ref x4, ref x5, ref x6, ref x7, 12);
            StreamWord0(stream, low, high, out word0, out above);
            Mix(ref y8, ref y9, ref y10, ref y11, y12, y13, y14, y15, ref y4, ref y5, ref y6, ref y7, 12);
            StreamWord1(stream, low, high, top, ref above, out word1);
            Mix(ref x0, ref x1, ref x2, ref x3, x4, x5, x6, x7, ref x12, ref x13, ref x14, ref x15, 8);
            Mix(ref y0, ref y1, ref y2, ref y3, y4, y5, y6, y7, ref y12, ref y13, ref y14, ref y15, 8);
            StreamFold(stream, word0, word1, above, ref low, ref high, ref top);
            Mix(ref x8, ref x9, ref x10, ref x11, x12, x13, x14, x15, ref x4, ref x5, ref x6, ref x7, 7);
            StreamAdd(text + 2, ref low, ref high, ref top);
            Mix(ref y8, ref y9, ref y10, ref y11, y12, y13, y14, y15, ref y4, ref y5, ref y6, ref y7, 7);
            StreamWord0(stream, low, high, out word0, out above);
            // Diagonals.
            Mix(ref x0, ref x1, ref x2, ref x3, x5, x6, x7, x4, ref x15, ref x12, ref x13, ref x14, 16);
            Mix(ref y0, ref y1, ref y2, ref y3, y5, y6, y7, y4, ref y15, ref y12, ref y13, ref y14, 16);
            StreamWord1(stream, low, high, top, ref above, out word1);
            Mix(ref x10, ref x11, ref x8, ref x9, x15, x12, x13, x14, ref x5, ref x6, ref x7, ref x4, 12);
            StreamFold(stream, word0, word1, above, ref low, ref high, ref top);
            Mix(ref y10, ref y11, ref y8, ref y9, y15, y12, y13, y14, ref y5, ref y6, ref y7, ref y4, 12);
            StreamAdd(text + 4, ref low, ref high, ref top);
            Mix(ref x0, ref x1, ref x2, ref x3, x5, x6, x7, x4, ref x15, ref x12, ref x13, ref x14, 8);
            Mix(ref y0, ref y1, ref y2, ref y3, y5, y6, y7, y4, ref y15, ref y12, ref y13, ref y14, 8);
            StreamWord0(stream, low, high, out word0, out above);
            Mix(ref x10, ref x11, ref x8, ref x9, x15, x12, x13, x14, ref x5, ref x6, ref x7, ref x4, 7);
            StreamWord1(stream, low, high, top, ref above, out word1);
            Mix(ref y10, ref y11, ref y8, ref y9, y15, y12, y13, y14, ref y5, ref y6, ref y7, ref y4, 7);
            StreamFold(stream, word0, word1, above, ref low, ref high, ref top);
            text += stream->Stride;
        }
        StreamStore(stream, text, low, high, top);
        lanes->Stream = stream;
        // Transposing takes registers. Without this the JIT takes one from the rounds, and that for each of them.
        PutAside(lanes, y12, y13, y14, y15);
        AddStart(key, lanes, 0, ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7, ref x8, ref x9, ref x10, ref x11, ref x12, ref x14, ref x15);
        XorOut(lanes->Block, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15);
        TakeBack(lanes, out y12, out y13, out y14, out y15);
        AddStart(key, lanes, 16, ref y0, ref y1, ref y2, ref y3, ref y4, ref y5, ref y6, ref y7, ref y8, ref y9, ref y10, ref y11, ref y12, ref y14, ref y15);
        XorOut(lanes->Block + 16, y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    private static void Xor16(uint* key, LaneTable* lanes)
    {
        Vector512<uint> x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15;
        Constants(out x0, out x1, out x2, out x3);
        KeyHalf(key, out x4, out x5, out x6, out x7);
        KeyHalf(key + 4, out x8, out x9, out x10, out x11);
        Position(lanes, 0, out x12, out x13, out x14, out x15);
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
        AddStart(key, lanes, 0, ref x0, ref x1, ref x2, ref x3, ref x4, ref x5, ref x6, ref x7, ref x8, ref x9, ref x10, ref x11, ref x12, ref x14, ref x15);
        XorOut(lanes->Block, x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15);
    }

    /// <summary>A quarter of four quarter rounds: a += b; d = (d ^ a) rotated left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Mix(
        ref Vector512<uint> a0, ref Vector512<uint> a1, ref Vector512<uint> a2, ref Vector512<uint> a3,
        Vector512<uint> b0, Vector512<uint> b1, Vector512<uint> b2, Vector512<uint> b3,
        ref Vector512<uint> d0, ref Vector512<uint> d1, ref Vector512<uint> d2, ref Vector512<uint> d3, [ConstantExpected] byte rotation)
    {
        a0 += b0;
        a1 += b1;
        a2 += b2;
        a3 += b3;
        // Each kind together: taken in pairs they come too close behind each other for the two units that rotate.
        d0 ^= a0;
        d1 ^= a1;
        d2 ^= a2;
        d3 ^= a3;
        d0 = Avx512F.RotateLeft(d0, rotation);
        d1 = Avx512F.RotateLeft(d1, rotation);
        d2 = Avx512F.RotateLeft(d2, rotation);
        d3 = Avx512F.RotateLeft(d3, rotation);
    }

    /// <summary>Words 0 to 3: "expand 32-byte k". Read for each use, as the key is: kept in locals they would push words of the state onto the stack.</summary>
    private static ReadOnlySpan<uint> ConstantWords => [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];

    /// <summary>Words 0 to 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Constants(out Vector512<uint> w0, out Vector512<uint> w1, out Vector512<uint> w2, out Vector512<uint> w3)
    {
        ref var words = ref MemoryMarshal.GetReference(ConstantWords);
        w0 = Vector512.Create(Volatile.Read(ref words));
        w1 = Vector512.Create(Volatile.Read(ref Unsafe.Add(ref words, 1)));
        w2 = Vector512.Create(Volatile.Read(ref Unsafe.Add(ref words, 2)));
        w3 = Vector512.Create(Volatile.Read(ref Unsafe.Add(ref words, 3)));
    }

    /// <summary>Four words of the key, each in all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void KeyHalf(uint* key, out Vector512<uint> k0, out Vector512<uint> k1, out Vector512<uint> k2, out Vector512<uint> k3)
    {
        k0 = Vector512.Create(Volatile.Read(ref key[0]));
        k1 = Vector512.Create(Volatile.Read(ref key[1]));
        k2 = Vector512.Create(Volatile.Read(ref key[2]));
        k3 = Vector512.Create(Volatile.Read(ref key[3]));
    }

    /// <summary>Words 12 to 15: block counter and nonce.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Position(LaneTable* lanes, int first, out Vector512<uint> w12, out Vector512<uint> w13, out Vector512<uint> w14, out Vector512<uint> w15)
    {
        w12 = Vector512.Load(lanes->Counter + first);
        w13 = Vector512<uint>.Zero;
        w14 = Vector512.Load(lanes->NonceLow + first);
        w15 = Vector512.Load(lanes->NonceHigh + first);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void PutAside(LaneTable* lanes, Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d)
    {
        var place = (uint*)lanes->Waiting;
        a.Store(place);
        b.Store(place + 16);
        c.Store(place + 32);
        d.Store(place + 48);
    }

    /// <summary>The opposite of <see cref="PutAside"/>; zeroes the place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TakeBack(LaneTable* lanes, out Vector512<uint> a, out Vector512<uint> b, out Vector512<uint> c, out Vector512<uint> d)
    {
        var place = (uint*)lanes->Waiting;
        a = Vector512.Load(place);
        b = Vector512.Load(place + 16);
        c = Vector512.Load(place + 32);
        d = Vector512.Load(place + 48);
        for (var word = 0; word < 64; word += 16) Vector512<uint>.Zero.Store(place + word);
    }

    /// <summary>Adds the state that the rounds began with. Word 13 was zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddStart(
        uint* key, LaneTable* lanes, int first,
        ref Vector512<uint> x0, ref Vector512<uint> x1, ref Vector512<uint> x2, ref Vector512<uint> x3, ref Vector512<uint> x4, ref Vector512<uint> x5,
        ref Vector512<uint> x6, ref Vector512<uint> x7, ref Vector512<uint> x8, ref Vector512<uint> x9, ref Vector512<uint> x10, ref Vector512<uint> x11,
        ref Vector512<uint> x12, ref Vector512<uint> x14, ref Vector512<uint> x15)
    {
        ref var words = ref MemoryMarshal.GetReference(ConstantWords);
        x0 += Vector512.Create(Volatile.Read(ref words));
        x1 += Vector512.Create(Volatile.Read(ref Unsafe.Add(ref words, 1)));
        x2 += Vector512.Create(Volatile.Read(ref Unsafe.Add(ref words, 2)));
        x3 += Vector512.Create(Volatile.Read(ref Unsafe.Add(ref words, 3)));
        x4 += Vector512.Create(Volatile.Read(ref key[0]));
        x5 += Vector512.Create(Volatile.Read(ref key[1]));
        x6 += Vector512.Create(Volatile.Read(ref key[2]));
        x7 += Vector512.Create(Volatile.Read(ref key[3]));
        x8 += Vector512.Create(Volatile.Read(ref key[4]));
        x9 += Vector512.Create(Volatile.Read(ref key[5]));
        x10 += Vector512.Create(Volatile.Read(ref key[6]));
        x11 += Vector512.Create(Volatile.Read(ref key[7]));
        x12 += Vector512.Load(lanes->Counter + first);
        x14 += Vector512.Load(lanes->NonceLow + first);
        x15 += Vector512.Load(lanes->NonceHigh + first);
    }

    /// <summary>Turns sixteen vectors of one word each into sixteen blocks, and adds each to its place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void XorOut(
        ulong* blocks,
        Vector512<uint> x0, Vector512<uint> x1, Vector512<uint> x2, Vector512<uint> x3, Vector512<uint> x4, Vector512<uint> x5, Vector512<uint> x6, Vector512<uint> x7,
        Vector512<uint> x8, Vector512<uint> x9, Vector512<uint> x10, Vector512<uint> x11, Vector512<uint> x12, Vector512<uint> x13, Vector512<uint> x14, Vector512<uint> x15)
    {
        // Afterwards quarter q of vector 4i + j has words 4i to 4i + 3 of lane 4q + j.
        TransposeQuarters(ref x0, ref x1, ref x2, ref x3);
        TransposeQuarters(ref x4, ref x5, ref x6, ref x7);
        TransposeQuarters(ref x8, ref x9, ref x10, ref x11);
        TransposeQuarters(ref x12, ref x13, ref x14, ref x15);
        XorLanes(blocks, x0, x4, x8, x12);
        XorLanes(blocks + 1, x1, x5, x9, x13);
        XorLanes(blocks + 2, x2, x6, x10, x14);
        XorLanes(blocks + 3, x3, x7, x11, x15);
    }

    /// <summary>A 4 by 4 transposition of words within each 128-bit quarter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeQuarters(ref Vector512<uint> a, ref Vector512<uint> b, ref Vector512<uint> c, ref Vector512<uint> d)
    {
        var ab = Avx512F.UnpackLow(a, b).AsUInt64();
        var cd = Avx512F.UnpackLow(c, d).AsUInt64();
        var abHigh = Avx512F.UnpackHigh(a, b).AsUInt64();
        var cdHigh = Avx512F.UnpackHigh(c, d).AsUInt64();
        a = Avx512F.UnpackLow(ab, cd).AsUInt32();
        b = Avx512F.UnpackHigh(ab, cd).AsUInt32();
        c = Avx512F.UnpackLow(abHigh, cdHigh).AsUInt32();
        d = Avx512F.UnpackHigh(abHigh, cdHigh).AsUInt32();
    }

    /// <summary>A 4 by 4 transposition of quarters gives the blocks of lanes 0, 4, 8 and 12 of <paramref name="blocks"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void XorLanes(ulong* blocks, Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d)
    {
        var ab = Avx512F.Shuffle4x128(a, b, 0b01_00_01_00);
        var cd = Avx512F.Shuffle4x128(c, d, 0b01_00_01_00);
        var abHigh = Avx512F.Shuffle4x128(a, b, 0b11_10_11_10);
        var cdHigh = Avx512F.Shuffle4x128(c, d, 0b11_10_11_10);
        Xor(blocks[0], Avx512F.Shuffle4x128(ab, cd, 0b10_00_10_00));
        Xor(blocks[4], Avx512F.Shuffle4x128(ab, cd, 0b11_01_11_01));
        Xor(blocks[8], Avx512F.Shuffle4x128(abHigh, cdHigh, 0b10_00_10_00));
        Xor(blocks[12], Avx512F.Shuffle4x128(abHigh, cdHigh, 0b11_01_11_01));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Xor(ulong block, Vector512<uint> keyStream) => (Vector512.Load((uint*)block) ^ keyStream).Store((uint*)block);
}
