using System.Runtime.InteropServices;

namespace PfsVpn.PeerBench;

/// <summary>The processor time of the calling thread, user and system.</summary>
internal static partial class ThreadClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Processor seconds that the calling thread has used.</summary>
    public static double Seconds => clock_gettime(ThreadCpuTime, out var time) == 0 ? time.Seconds + (time.Nanoseconds / 1e9) : throw new BenchException("no clock of the thread");

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Time(long Seconds, long Nanoseconds);
}
