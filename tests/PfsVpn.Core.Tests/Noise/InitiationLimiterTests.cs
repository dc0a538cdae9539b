using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Noise;

/// <summary>The token buckets of the sources of handshake messages.</summary>
public sealed class InitiationLimiterTests
{
    private static readonly IpAddress One = new(0xC0000201);
    private static readonly MonotonicTime Start = new(10_000_000_000);

    [Fact]
    public void Five_pass_at_once_and_then_one_each_50_ms()
    {
        var limiter = new InitiationLimiter(new ScriptedRandom());
        for (var i = 0; i < 5; i++) Assert.True(limiter.Allow(One, Start));
        Assert.False(limiter.Allow(One, Start));
        Assert.False(limiter.Allow(One, new MonotonicTime(Start.Nanoseconds + 49_999_999)));
        Assert.True(limiter.Allow(One, Start + TimeSpan.FromMilliseconds(50)));
        Assert.False(limiter.Allow(One, Start + TimeSpan.FromMilliseconds(50)));
    }

    [Fact]
    public void Twenty_a_second_pass_in_the_long_run()
    {
        var limiter = new InitiationLimiter(new ScriptedRandom());
        var allowed = Enumerable.Range(0, 10_000).Count(millisecond => limiter.Allow(One, Start + TimeSpan.FromMilliseconds(millisecond)));
        Assert.InRange(allowed, 204, 205);
    }

    [Fact]
    public void IPv6_sources_share_a_bucket_by_64_bits_and_IPv4_sources_have_one_each()
    {
        var limiter = new InitiationLimiter(new ScriptedRandom());
        for (var i = 0; i < 5; i++) Assert.True(limiter.Allow(new IpAddress(0x20010DB8_00000001, (ulong)i), Start));
        Assert.False(limiter.Allow(new IpAddress(0x20010DB8_00000001, ulong.MaxValue), Start));
        Assert.True(limiter.Allow(new IpAddress(0x20010DB8_00000002, 0), Start));

        for (var i = 0; i < 5; i++) Assert.True(limiter.Allow(One, Start));
        Assert.False(limiter.Allow(One, Start));
        Assert.True(limiter.Allow(new IpAddress(One.V4 + 1), Start));
        Assert.True(limiter.Allow(new IpAddress(One.V4, 0), Start));
    }

    [Fact]
    public void It_agrees_with_the_slow_model_where_the_sources_fit_the_table()
    {
        // 8 sources fit into any row, so nothing is ever displaced.
        Prop.ForAll(Steps(sources: 8).ToArbitrary(), static steps =>
        {
            var limiter = new InitiationLimiter(new ScriptedRandom(), capacity: 64);
            var model = new LimiterModel();
            return Replay(steps, (source, now) => limiter.Allow(source, now) == model.Allow(source, now));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_crowd_of_sources_never_locks_out_one_that_keeps_to_its_rate()
    {
        Prop.ForAll(Steps(sources: 60).ToArbitrary(), static steps =>
        {
            var limiter = new InitiationLimiter(new ScriptedRandom(), capacity: InitiationLimiter.RowLength);
            var due = Start;
            return Replay(steps, (source, now) =>
            {
                limiter.Allow(source, now);
                if (now < due) return true;
                due = now + TimeSpan.FromMilliseconds(50);
                return limiter.Allow(One, now);
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void An_abusive_source_stays_limited_while_a_thousand_others_send()
    {
        var limiter = new InitiationLimiter(new ScriptedRandom());
        var allowed = 0;
        for (var millisecond = 0; millisecond < 1000; millisecond++)
        {
            var now = Start + TimeSpan.FromMilliseconds(millisecond);
            Assert.True(limiter.Allow(new IpAddress(0x0A000000u + (uint)millisecond), now));
            if (limiter.Allow(One, now)) allowed++;
        }
        Assert.InRange(allowed, 24, 25);
    }

    [Fact]
    public void A_hundred_thousand_sources_neither_grow_it_nor_stop_a_new_one()
    {
        var limiter = new InitiationLimiter(new ScriptedRandom(), capacity: 256);
        var next = 0x20010DB8_00000000UL;
        var refused = 0;
        Allocations.AssertNone(() =>
        {
            for (var i = 0; i < 25_000; i++)
                if (!limiter.Allow(new IpAddress(next++, 1), Start)) refused++;
        });
        Assert.Equal(0, refused);
    }

    [Fact]
    public void Which_sources_meet_depends_on_the_seed()
    {
        // An attacker who knew the rows could use many sources as one; with another seed the same sources part.
        Assert.NotEqual(DisplacedBy(1), DisplacedBy(2));

        static bool[] DisplacedBy(int seed)
        {
            var limiter = new InitiationLimiter(new SeededRandom(seed), capacity: 64);
            for (var i = 0u; i < 200; i++)
                for (var burst = 0; burst < 5; burst++) limiter.Allow(new IpAddress(i), Start);
            return [.. Enumerable.Range(0, 200).Select(i => limiter.Allow(new IpAddress((uint)i), Start))];
        }
    }

    [Fact]
    public void A_source_is_exhausted_exactly_where_it_would_be_refused_and_asking_takes_nothing()
    {
        var limiter = new InitiationLimiter(new SeededRandom(3), perSecond: 10, burst: 3);
        var source = new IpAddress(7u);
        for (var step = 0; step < 200; step++)
        {
            var now = Start + TimeSpan.FromMilliseconds(step * 37);
            var exhausted = limiter.IsExhausted(source, now);
            Assert.Equal(exhausted, limiter.IsExhausted(source, now));
            Assert.Equal(!exhausted, limiter.Allow(source, now));
        }
        Assert.False(limiter.IsExhausted(new IpAddress(8u), Start));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(100)]
    public void The_capacity_is_a_power_of_two_and_at_least_a_row(int capacity) =>
        Assert.ThrowsAny<ArgumentException>(() => new InitiationLimiter(new ScriptedRandom(), capacity: capacity));

    private static Gen<(int Source, int Milliseconds)[]> Steps(int sources) =>
        from steps in (from source in Gen.Choose(0, sources - 1)
                       from milliseconds in Gen.Frequency((6, Gen.Choose(0, 20)), (1, Gen.Choose(0, 400)))
                       select (source, milliseconds)).ListOf()
        select steps.ToArray();

    private static bool Replay((int Source, int Milliseconds)[] steps, Func<IpAddress, MonotonicTime, bool> step)
    {
        var now = Start;
        foreach (var (number, milliseconds) in steps)
        {
            now += TimeSpan.FromMilliseconds(milliseconds);
            var source = number % 2 == 0 ? new IpAddress((uint)number) : new IpAddress((ulong)number, (ulong)milliseconds);
            if (!step(source, now)) return false;
        }
        return true;
    }
}
