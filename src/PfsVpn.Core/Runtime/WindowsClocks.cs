using System.Diagnostics;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Runtime;

/// <summary>The clocks of Windows, in its units of 100 ns.</summary>
/// <remarks>
/// References: Microsoft's pages QueryInterruptTimePrecise, QueryUnbiasedInterruptTimePrecise, GetSystemTimePreciseAsFileTime and, for a system that lacks the first two,
/// "Acquiring high-resolution time stamps": the performance counter runs on during sleep. Threading: safe from any thread.
/// </remarks>
internal static unsafe class WindowsClocks
{
    private static readonly bool IsPrecise = HasInterruptTime();

    /// <summary>Since the start of the system, time asleep included.</summary>
    public static long BootTicks
    {
        get
        {
            if (!IsPrecise) return Stopwatch.GetElapsedTime(0).Ticks;
            ulong time;
            Kernel32.QueryInterruptTimePrecise(&time);
            return (long)time;
        }
    }

    /// <summary>Since the start of the system, time asleep left out.</summary>
    public static long AwakeTicks
    {
        get
        {
            ulong time;
            if (IsPrecise) Kernel32.QueryUnbiasedInterruptTimePrecise(&time);
            else _ = Kernel32.QueryUnbiasedInterruptTime(&time);
            return (long)time;
        }
    }

    /// <summary>UTC since 1601-01-01: what an absolute timer takes.</summary>
    public static long FileTime
    {
        get
        {
            long time;
            Kernel32.GetSystemTimePreciseAsFileTime(&time);
            return time;
        }
    }

    /// <summary>UTC since 1970-01-01.</summary>
    public static long UnixTicks => FileTime - Kernel32.UnixEpochInFileTime;

    private static bool HasInterruptTime()
    {
        try
        {
            ulong time;
            Kernel32.QueryInterruptTimePrecise(&time);
            Kernel32.QueryUnbiasedInterruptTimePrecise(&time);
            return true;
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
        {
            return false;
        }
    }
}
