using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Noise;

namespace PfsVpn.Tests.Noise;

/// <summary>Timestamps and the clock that never goes back.</summary>
public sealed class Tai64nTests
{
    [Theory]
    [InlineData(0, 0, "400000000000000a00000000")]
    [InlineData(1, 0, "400000000000000b00000000")]
    [InlineData(1_700_000_000, 123_456_700, "400000006553f10a07000000")]
    [InlineData(1_700_000_000, 16_777_200, "400000006553f10a00000000")]
    [InlineData(1_700_000_000, 16_777_300, "400000006553f10a01000000")]
    [InlineData(1_700_000_000, 999_999_900, "400000006553f10a3b000000")]
    [InlineData(-1, 0, "400000000000000900000000")]
    [InlineData(-1, 500_000_000, "40000000000000091d000000")]
    public void A_moment_has_its_twelve_bytes(long seconds, long nanoseconds, string expected)
    {
        var timestamp = Tai64n.FromUnix(TimeSpan.FromSeconds(seconds) + TimeSpan.FromTicks(nanoseconds / 100));
        var bytes = new byte[Tai64n.SizeInBytes];
        timestamp.Write(bytes);
        Assert.Equal(expected, Convert.ToHexStringLower(bytes));
        Assert.Equal(timestamp, Tai64n.Read(bytes));
        Assert.Equal("@" + expected, timestamp.ToString());
    }

    [Fact]
    public void The_order_is_that_of_the_bytes()
    {
        Prop.ForAll(Bytes().Two().ToArbitrary(), static pair =>
        {
            var (left, right) = (Tai64n.Read(pair.Item1), Tai64n.Read(pair.Item2));
            var expected = Math.Sign(pair.Item1.AsSpan().SequenceCompareTo(pair.Item2));
            return Math.Sign(left.CompareTo(right)) == expected && (left < right) == (expected < 0) && (left == right) == (expected == 0)
                && (left > right) == (expected > 0) && (left <= right) == (expected <= 0) && (left >= right) == (expected >= 0);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_step_stays_on_the_grid_and_carries_into_the_next_second()
    {
        var timestamp = Tai64n.FromUnix(TimeSpan.FromSeconds(100));
        for (var i = 0; i < 59; i++)
        {
            var next = timestamp.NextStep();
            Assert.Equal((timestamp.Seconds, timestamp.Nanoseconds + Tai64n.StepInNanoseconds), (next.Seconds, next.Nanoseconds));
            timestamp = next;
        }
        Assert.Equal(Tai64n.FromUnix(TimeSpan.FromSeconds(101)), timestamp.NextStep());
    }

    [Fact]
    public void The_clock_never_goes_back_whatever_the_wall_clock_does()
    {
        var step = from peer in Gen.Choose(0, 3)
                   from milliseconds in Gen.OneOf(Gen.Choose(0, 40), Gen.Choose(-100_000_000, 100_000_000))
                   select (peer, milliseconds);
        Prop.ForAll(step.ListOf().ToArbitrary(), static steps =>
        {
            var clock = new Tai64nClock();
            var last = new Tai64n[4];
            Tai64n greatest = default;
            var wall = TimeSpan.FromSeconds(1_700_000_000);
            foreach (var (peer, milliseconds) in steps)
            {
                wall += TimeSpan.FromMilliseconds(milliseconds);
                var next = clock.Next(wall, last[peer]);
                if (next <= last[peer] || next < greatest || next < Tai64n.FromUnix(wall) || next.Nanoseconds % Tai64n.StepInNanoseconds != 0) return false;
                last[peer] = greatest = next;
            }
            return true;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Many_peers_do_not_run_ahead_of_the_wall_clock()
    {
        var clock = new Tai64nClock();
        var wall = TimeSpan.FromSeconds(1_700_000_000);
        for (var peer = 0; peer < 100_000; peer++) Assert.Equal(Tai64n.FromUnix(wall), clock.Next(wall, default));
    }

    private static Gen<byte[]> Bytes() =>
        from first in Gen.Elements<byte>(0, 1, 0x40, 0x7F, 0x80, 0xFF)
        from rest in Gen.Choose(0, 255).ArrayOf(11)
        from shared in Gen.Choose(0, 11)
        select (byte[])[first, .. rest.Select((value, index) => index < shared ? (byte)0 : (byte)value)];
}
