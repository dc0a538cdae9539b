using System.Runtime.CompilerServices;

namespace PfsVpn.Crypto;

/// <summary>Zeroes the stack below the caller, and before a wait the vector registers, where finished calls left secrets.</summary>
/// <remarks>
/// Threading: works on the calling thread's own stack. Costs about 40 ns for 4 KiB.
/// Safety: what lies above the zeroed block is the method's own frame: return address, frame pointer, guard value, and eight bytes that align it. Nobody would
/// write these eight, so each method has a local that takes their place. The tests look for what is left.
/// </remarks>
internal static unsafe class StackScrubber
{
    /// <summary>Zeroes 4 KiB: after each batch.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void ScrubBatch()
    {
        long alignment;
        var depth = stackalloc byte[4 * 1024];
        SecretMemory.Zero(depth, 4 * 1024);
        Volatile.Write(ref *&alignment, 0);
    }

    /// <summary>Zeroes 16 KiB, and the vector registers: after each handshake message.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void ScrubHandshake()
    {
        long alignment;
        VectorRegisters.Clear();
        var depth = stackalloc byte[16 * 1024];
        SecretMemory.Zero(depth, 16 * 1024);
        Volatile.Write(ref *&alignment, 0);
    }

    /// <summary>Zeroes 64 KiB, signal frames included, and the vector registers: before a thread blocks, and at least once a second.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void ScrubDeep()
    {
        long alignment;
        VectorRegisters.Clear();
        var depth = stackalloc byte[64 * 1024];
        SecretMemory.Zero(depth, 64 * 1024);
        Volatile.Write(ref *&alignment, 0);
    }
}
