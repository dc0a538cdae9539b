using PfsVpn.Runtime;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Runtime;

public sealed class WindowsDeadlineWaitTests
{
    private static readonly MonotonicTime Now = new(1_000_000_000);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-5, 0)]
    [InlineData(1, 1)]
    [InlineData(99, 1)]
    [InlineData(100, 1)]
    [InlineData(101, 2)]
    [InlineData(2_000_000, 20_000)]
    [InlineData(60_000_000_000, 600_000_000)]
    [InlineData(60_000_000_001, 600_000_000)]
    [InlineData(3_600_000_000_000, 600_000_000)]
    public void It_waits_until_the_deadline_has_come_and_never_longer_than_a_minute(long nanoseconds, long ticks) =>
        Assert.Equal(ticks, WindowsDeadlineWait.TicksUntil(new MonotonicTime(Now.Nanoseconds + nanoseconds), Now));

    [Fact]
    public void Without_a_deadline_it_waits_a_minute() => Assert.Equal(WindowsDeadlineWait.LongestSleep.Ticks, WindowsDeadlineWait.TicksUntil(MonotonicTime.Infinite, Now));
}
