using System.Runtime.InteropServices;

namespace PfsVpn.Interop.Windows;

/// <summary>Clocks: <c>realtimeapiset.h</c>, <c>sysinfoapi.h</c>.</summary>
/// <remarks>
/// References: Microsoft's pages QueryInterruptTimePrecise, QueryUnbiasedInterruptTimePrecise, GetSystemTimePreciseAsFileTime. Units: 100 ns.
/// The interrupt time runs on while the system sleeps, the unbiased one does not; neither is ever set.
/// </remarks>
internal static unsafe partial class Kernel32
{
    /// <summary>Units of 100 ns from 1601-01-01 to 1970-01-01.</summary>
    public const long UnixEpochInFileTime = 116_444_736_000_000_000;

    /// <summary>Since the start of the system, time asleep included. From Windows 10.</summary>
    /// <exception cref="EntryPointNotFoundException">A system without it.</exception>
    [LibraryImport("api-ms-win-core-realtime-l1-1-1.dll")]
    public static partial void QueryInterruptTimePrecise(ulong* time);

    /// <summary>Since the start of the system, time asleep left out. From Windows 10.</summary>
    /// <exception cref="EntryPointNotFoundException">A system without it.</exception>
    [LibraryImport("api-ms-win-core-realtime-l1-1-1.dll")]
    public static partial void QueryUnbiasedInterruptTimePrecise(ulong* time);

    /// <summary>The same at the tick of the system's clock, up to 16 ms old.</summary>
    [LibraryImport(Library)]
    public static partial int QueryUnbiasedInterruptTime(ulong* time);

    /// <summary>UTC since 1601-01-01.</summary>
    [LibraryImport(Library)]
    public static partial void GetSystemTimePreciseAsFileTime(long* fileTime);
}
