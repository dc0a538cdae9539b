using PfsVpn.Timers;

namespace PfsVpn.Routing;

/// <summary>How many ICMP unreachables a device sends: bursts of 50, 100 a second in the long run.</summary>
/// <remarks>
/// The burst lets an application that opens many connections at once learn of all its failures without a time-out (Linux's own burst,
/// icmp_msgs_burst, is 50 too); the rate keeps a flood of unroutable packets from costing more than some 100 small packets a second.
/// The bucket is kept as one number, the moment at which it would be full again (the generic cell rate algorithm).
/// Threading: safe from any thread, lock-free.
/// </remarks>
internal sealed class UnreachableLimiter
{
    /// <summary>Answers that may be sent at once after a pause.</summary>
    public const int Burst = 50;

    /// <summary>Answers a second in the long run.</summary>
    public const int PerSecond = 100;

    private const long NanosecondsEach = 1_000_000_000 / PerSecond;
    private const long Tolerance = (Burst - 1) * NanosecondsEach;

    private long _fullAt;

    /// <summary>Takes a token; false where there is none and no answer may be sent.</summary>
    public bool TryTake(MonotonicTime now)
    {
        while (true)
        {
            var fullAt = Volatile.Read(ref _fullAt);
            var start = Math.Max(fullAt, now.Nanoseconds);
            if (start - now.Nanoseconds > Tolerance) return false;
            if (Interlocked.CompareExchange(ref _fullAt, start + NanosecondsEach, fullAt) == fullAt) return true;
        }
    }
}
