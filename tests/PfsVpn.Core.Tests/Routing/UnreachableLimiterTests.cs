using PfsVpn.Routing;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Routing;

public sealed class UnreachableLimiterTests
{
    private static readonly MonotonicTime Start = new(5_000_000_000_000);

    private readonly UnreachableLimiter _limiter = new();

    [Fact]
    public void A_burst_passes_and_then_the_rate()
    {
        Assert.Equal(UnreachableLimiter.Burst, Taken(Start, 1000));
        Assert.Equal(0, Taken(Start + TimeSpan.FromMilliseconds(9), 10));
        Assert.Equal(1, Taken(Start + TimeSpan.FromMilliseconds(10), 10));
        Assert.Equal(9, Taken(Start + TimeSpan.FromMilliseconds(100), 100));
    }

    [Fact]
    public void A_pause_fills_the_bucket_and_no_more()
    {
        Assert.Equal(UnreachableLimiter.Burst, Taken(Start, 1000));
        Assert.Equal(UnreachableLimiter.Burst, Taken(Start + TimeSpan.FromDays(300), 1000));
    }

    [Fact]
    public void A_flood_gets_the_rate_in_the_long_run()
    {
        var taken = 0;
        for (var millisecond = 0; millisecond < 10_000; millisecond++) taken += Taken(Start + TimeSpan.FromMilliseconds(millisecond), 3);
        Assert.InRange(taken, 10 * UnreachableLimiter.PerSecond, (10 * UnreachableLimiter.PerSecond) + UnreachableLimiter.Burst);
    }

    private int Taken(MonotonicTime now, int attempts) => Enumerable.Range(0, attempts).Count(_ => _limiter.TryTake(now));
}
