using System.Diagnostics;
using System.Reflection;
using PfsVpn.Crypto;

namespace PfsVpn.Tests.Noise;

/// <summary>Counts what the calling thread allocates on the managed heap.</summary>
internal static class Allocations
{
    /// <summary>In a debug build the runtime allocates at every use of a table written as a span literal: only an optimised one tells.</summary>
    private static readonly bool IsOptimized =
        typeof(Blake2s).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    public static void AssertNone(Action operation)
    {
        for (var i = 0; i < 3; i++) operation();
        var before = GC.GetAllocatedBytesForCurrentThread();
        operation();
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (IsOptimized) Assert.Equal(0, allocated);
    }
}
