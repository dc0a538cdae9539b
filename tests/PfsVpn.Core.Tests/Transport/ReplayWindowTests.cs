using FsCheck;
using FsCheck.Fluent;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Transport;

public sealed class ReplayWindowTests
{
    private const ulong Lag = 8128;

    private readonly ReplayWindow _window = new();

    [Fact]
    public void Each_counter_is_accepted_once()
    {
        foreach (var counter in new ulong[] { 0, 1, 5, 3, 62, 63, 64, 65, 8191, 8192, 100_000 }) Assert.True(_window.TryAccept(counter));
        foreach (var counter in new ulong[] { 8192 + 91_808, 100_000 }) Assert.False(_window.TryAccept(counter));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(62)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(127)]
    [InlineData(8127)]
    [InlineData(8128)]
    [InlineData(8191)]
    [InlineData(8192)]
    [InlineData(1UL << 32)]
    public void A_counter_is_refused_the_second_time_wherever_it_lies_in_the_window(ulong first)
    {
        Assert.True(_window.TryAccept(first));
        Assert.False(_window.TryAccept(first));
        Assert.True(_window.TryAccept(first + 1));
        Assert.False(_window.TryAccept(first));
        Assert.True(_window.TryAccept(first + Lag));
        Assert.False(_window.TryAccept(first));
        Assert.False(_window.TryAccept(first + 1));
    }

    [Theory]
    [InlineData(8128)]
    [InlineData(8129)]
    [InlineData(8190)]
    [InlineData(8191)]
    [InlineData(100_000)]
    [InlineData(100_031)]
    public void A_lag_of_8128_is_accepted_and_one_more_refused(ulong greatest)
    {
        Assert.True(_window.TryAccept(greatest));
        Assert.True(_window.TryAccept(greatest - Lag));
        Assert.False(_window.TryAccept(greatest - Lag));
        if (greatest > Lag) Assert.False(_window.TryAccept(greatest - Lag - 1));
    }

    [Fact]
    public void A_whole_window_arrives_backwards()
    {
        for (var counter = Lag + 1; counter-- > 0;) Assert.True(_window.TryAccept(counter));
        for (var counter = Lag + 1; counter-- > 0;) Assert.False(_window.TryAccept(counter));
    }

    [Fact]
    public void A_jump_over_the_whole_ring_forgets_what_was_in_it()
    {
        for (ulong counter = 0; counter < 8192; counter++) Assert.True(_window.TryAccept(counter));
        Assert.True(_window.TryAccept(1_000_000));
        for (ulong counter = 1_000_000 - Lag; counter < 1_000_000; counter++) Assert.True(_window.TryAccept(counter));
    }

    [Fact]
    public void Nothing_is_accepted_from_the_message_limit_on()
    {
        Assert.True(_window.TryAccept(ProtocolConstants.RejectAfterMessages - 1));
        Assert.False(_window.TryAccept(ProtocolConstants.RejectAfterMessages));
        Assert.False(_window.TryAccept(ulong.MaxValue));
        Assert.True(_window.TryAccept(ProtocolConstants.RejectAfterMessages - 1 - Lag));
        Assert.False(_window.TryAccept(ProtocolConstants.RejectAfterMessages - 2 - Lag));
        Assert.False(_window.TryAccept(0));
    }

    [Fact]
    public void A_batch_skips_what_is_not_authentic_and_counts_what_is_fresh()
    {
        Assert.True(_window.TryAccept(7));
        ulong[] counters = [6, 7, 8, 8, 9000, 9001, 1];
        int[] authentic = [1, 1, 0, 1, 0, 1, 1];
        AeadPacket[] packets = [.. counters.Select((counter, i) => new AeadPacket { Counter = counter, Authentic = authentic[i] })];
        Assert.Equal(3, _window.TryAcceptBatch(packets));
        Assert.Equal([1, 0, 0, 1, 0, 1, 0], packets.Select(packet => packet.Authentic));
        Assert.True(_window.TryAccept(9000));
    }

    [Fact]
    public void It_behaves_as_a_set_with_a_lower_edge()
    {
        var steps =
            from kind in Gen.Frequency((8, Gen.Constant(200)), (4, Gen.Constant(20)), (2, Gen.Constant(9000)), (1, Gen.Constant(40_000)))
            from step in Gen.Choose(-kind, kind)
            select step;
        var property = Prop.ForAll(steps.ListOf().ToArbitrary(), Gen.Choose(0, 10_000).ToArbitrary(), (moves, start) => Behave(moves, (ulong)start));
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500).WithEndSize(600), property);
    }

    [Fact]
    public async Task Two_threads_never_both_accept_a_counter()
    {
        const int Counters = 50_000;
        var accepted = new int[Counters];
        await Task.WhenAll(Task.Run(() => Run(1)), Task.Run(() => Run(3)));
        Assert.All(accepted, count => Assert.InRange(count, 0, 1));
        // Neither thread alone can have been refused everything that the other had not: the greatest counter is always accepted by one.
        Assert.Equal(1, accepted[^1]);

        void Run(int batch)
        {
            var packets = new AeadPacket[batch];
            for (var next = 0; next < Counters; next += batch)
            {
                for (var i = 0; i < batch; i++) packets[i] = new AeadPacket { Counter = (ulong)Math.Min(next + i, Counters - 1), Authentic = 1 };
                _window.TryAcceptBatch(packets);
                foreach (var packet in packets)
                {
                    if (packet.Authentic != 0) Interlocked.Increment(ref accepted[(int)packet.Counter]);
                }
            }
        }
    }

    private static bool Behave(IEnumerable<int> moves, ulong start)
    {
        var window = new ReplayWindow();
        var seen = new HashSet<ulong>();
        var position = start;
        ulong greatest = 0;
        foreach (var move in moves)
        {
            position = move < 0 && position < (ulong)-move ? 0 : position + (ulong)move;
            var expected = (position >= greatest || greatest - position <= Lag) && seen.Add(position);
            if (window.TryAccept(position) != expected) return false;
            if (expected) greatest = Math.Max(greatest, position);
        }
        return true;
    }
}
