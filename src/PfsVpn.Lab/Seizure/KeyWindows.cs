using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using PfsVpn.Crypto;

namespace PfsVpn.Lab.Seizure;

/// <summary>
/// Every 32-byte window of a piece of memory as a ChaCha20 key: sixteen windows, at sixteen bytes in a row, in sixteen lanes. One block of keystream of each is
/// compared with what the beginning of an inner packet must be; what fits is confirmed by the tag.
/// </summary>
/// <remarks>
/// <para>The comparison: an inner packet begins with its version, and has its length in bytes 2 and 3 (IPv4) or 4 and 5 (IPv6), which differs by less than 16 from the
/// message's. That misses none; one window in 30,000 is confirmed in vain.</para>
/// <para>Windows that hold an aligned group of eight zero bytes are left out: a key has those less than once in 2^62 times, most of memory has.</para>
/// References: RFC 8439. Threading: pure functions.
/// </remarks>
internal static unsafe class KeyWindows
{
    /// <summary>Bytes that must be readable before and behind the piece: they are parts of windows that begin or end outside of it.</summary>
    public const int Margin = 64;

    private const int Lanes = 16;
    private const int PaddingLimit = 16;
    private const int Ipv6HeaderBytes = 40;

    /// <summary>Called for a window whose key opens a target.</summary>
    public delegate void Found(KeyTarget target, byte* key);

    /// <summary>
    /// Tries every window that has its sixteenth byte between <paramref name="start"/>, at a multiple of 16, and <paramref name="end"/>. Returns how many were tried.
    /// </summary>
    public static long Try(byte* start, byte* end, IReadOnlyList<KeyProbe> probes, Found found)
    {
        var tried = 0L;
        // The sixteen windows that begin at middle - 15 to middle share the bytes from middle to middle + 16.
        for (var middle = start; middle < end; middle += Lanes)
        {
            if (*(ulong*)middle == 0 || *(ulong*)(middle + sizeof(ulong)) == 0) continue;
            foreach (var probe in probes)
            {
                if (probe.IsEmpty) TryEmpty(middle - Lanes + 1, probe, found);
                else TryData(middle - Lanes + 1, probe, found);
            }
            tried += Lanes;
        }
        return tried;
    }

    private static void TryData(byte* windows, KeyProbe probe, Found found)
    {
        Block(windows, probe.Counter, block: 1, out var first, out var second, null);
        for (var i = 0; i < probe.Targets.Count; i++)
        {
            var target = probe.Targets[i];
            var fits = Fits(first ^ Vector512.Create(target.First), second ^ Vector512.Create(target.Second), (uint)target.TextLength);
            for (var lanes = fits.ExtractMostSignificantBits(); lanes != 0; lanes &= lanes - 1) Confirm(target, windows + System.Numerics.BitOperations.TrailingZeroCount(lanes), found);
        }
    }

    /// <summary>Which lanes are the beginning of an inner packet of at most <paramref name="length"/> bytes and not less than its padding allows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Fits(Vector512<uint> first, Vector512<uint> second, uint length)
    {
        var low = Vector512.Create(0xFFu);
        var limit = Vector512.Create((uint)PaddingLimit);
        var version = first & Vector512.Create(0xF0u);
        var length4 = ((first >> 8) & Vector512.Create(0xFF00u)) | (first >> 24);
        var length6 = ((second & low) << 8 | ((second >> 8) & low)) + Vector512.Create((uint)Ipv6HeaderBytes);
        var is4 = Vector512.Equals(version, Vector512.Create(0x40u)) & Vector512.LessThan(Vector512.Create(length) - length4, limit);
        var is6 = Vector512.Equals(version, Vector512.Create(0x60u)) & Vector512.LessThan(Vector512.Create(length) - length6, limit);
        return is4 | is6;
    }

    private static void TryEmpty(byte* windows, KeyProbe probe, Found found)
    {
        // The tag of nothing takes the one-time key, the first half of block 0, of each lane.
        var words = stackalloc uint[8 * Lanes];
        var oneTimeKey = stackalloc ulong[4];
        var tag = stackalloc ulong[2];
        Block(windows, probe.Counter, block: 0, out _, out _, words);
        for (var lane = 0; lane < Lanes; lane++)
        {
            for (var word = 0; word < 8; word++) ((uint*)oneTimeKey)[word] = words[(word * Lanes) + lane];
            Poly1305Scalar.Tag(windows, 0, oneTimeKey, tag);
            foreach (var target in probe.Targets)
                if (target.Tag.SequenceEqual(new ReadOnlySpan<byte>(tag, 16))) Confirm(target, windows + lane, found);
        }
    }

    private static void Confirm(KeyTarget target, byte* key, Found found)
    {
        if (target.IsOpenedBy(key)) found(target, key);
    }

    /// <summary>A ChaCha20 block for each of sixteen keys; its first two words, and where <paramref name="words"/> is given the first eight, a vector after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(byte* windows, ulong counter, uint block, out Vector512<uint> first, out Vector512<uint> second, uint* words)
    {
        var keys = stackalloc Vector512<uint>[8];
        Load(windows, keys);
        var (x0, x1, x2, x3) = (Vector512.Create(0x61707865u), Vector512.Create(0x3320646eu), Vector512.Create(0x79622d32u), Vector512.Create(0x6b206574u));
        var (x4, x5, x6, x7) = (keys[0], keys[1], keys[2], keys[3]);
        var (x8, x9, x10, x11) = (keys[4], keys[5], keys[6], keys[7]);
        var (x12, x13, x14, x15) = (Vector512.Create(block), Vector512<uint>.Zero, Vector512.Create((uint)counter), Vector512.Create((uint)(counter >> 32)));
        for (var round = 0; round < 10; round++)
        {
            Quarter(ref x0, ref x4, ref x8, ref x12);
            Quarter(ref x1, ref x5, ref x9, ref x13);
            Quarter(ref x2, ref x6, ref x10, ref x14);
            Quarter(ref x3, ref x7, ref x11, ref x15);
            Quarter(ref x0, ref x5, ref x10, ref x15);
            Quarter(ref x1, ref x6, ref x11, ref x12);
            Quarter(ref x2, ref x7, ref x8, ref x13);
            Quarter(ref x3, ref x4, ref x9, ref x14);
        }
        first = x0 + Vector512.Create(0x61707865u);
        second = x1 + Vector512.Create(0x3320646eu);
        if (words is null) return;
        first.Store(words);
        second.Store(words + Lanes);
        (x2 + Vector512.Create(0x79622d32u)).Store(words + (2 * Lanes));
        (x3 + Vector512.Create(0x6b206574u)).Store(words + (3 * Lanes));
        (x4 + keys[0]).Store(words + (4 * Lanes));
        (x5 + keys[1]).Store(words + (5 * Lanes));
        (x6 + keys[2]).Store(words + (6 * Lanes));
        (x7 + keys[3]).Store(words + (7 * Lanes));
    }

    /// <summary>Word j of the window at byte l goes into lane l of vector j: bytes 4j + l to 4j + l + 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(byte* windows, Vector512<uint>* keys)
    {
        const int Pieces = 11;
        var four = Vector128.Create((byte)0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5, 3, 4, 5, 6);
        var pieces = stackalloc Vector128<uint>[Pieces];
        for (var i = 0; i < Pieces; i++) pieces[i] = Vector128.Shuffle(Vector128.Load(windows + (4 * i)), four).AsUInt32();
        // Safety: pieces j to j + 3 lie side by side; the eleventh is the last that vector 7 takes.
        for (var j = 0; j < 8; j++) keys[j] = Vector512.Load((uint*)(pieces + j));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quarter(ref Vector512<uint> a, ref Vector512<uint> b, ref Vector512<uint> c, ref Vector512<uint> d)
    {
        a += b;
        d = Rotate(d ^ a, 16);
        c += d;
        b = Rotate(b ^ c, 12);
        a += b;
        d = Rotate(d ^ a, 8);
        c += d;
        b = Rotate(b ^ c, 7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Rotate(Vector512<uint> value, [ConstantExpected] byte count) =>
        Avx512F.IsSupported ? Avx512F.RotateLeft(value, count) : (value << count) | (value >> (32 - count));
}
