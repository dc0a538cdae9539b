using PfsVpn.Noise;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Transport;

public sealed class StagedPacketsTests
{
    [Fact]
    public void Packets_come_out_as_they_went_in()
    {
        var staged = new StagedPackets(new StagedBudget());
        for (byte i = 0; i < 100; i++) Assert.Equal(0, staged.Enqueue(Packet(i, i), (byte)(i & 3)));
        Span<byte> destination = stackalloc byte[200];
        for (byte i = 0; i < 100; i++)
        {
            Assert.Equal(100 - i, staged.Count);
            Assert.True(staged.TryDequeue(destination, out var length, out var tos));
            Assert.Equal<(int, int)>((i, i & 3), (length, tos));
            Assert.True(destination[..length].SequenceEqual(Packet(i, i)));
        }
        Assert.False(staged.TryDequeue(destination, out _, out _));
    }

    [Fact]
    public void The_oldest_gives_way_to_the_129th()
    {
        var budget = new StagedBudget();
        var staged = new StagedPackets(budget);
        for (var i = 0; i < ProtocolConstants.MaxStagedPackets; i++) Assert.Equal(0, staged.Enqueue(Packet(100, (byte)i), 0));
        Assert.Equal(1, staged.Enqueue(Packet(100, 200), 0));
        Assert.Equal(ProtocolConstants.MaxStagedPackets, staged.Count);
        Assert.Equal(ProtocolConstants.MaxStagedPackets * 100, budget.Used);
        var destination = new byte[100];
        Assert.True(staged.TryDequeue(destination, out _, out _));
        Assert.Equal(1, destination[0]);
    }

    [Fact]
    public void A_packet_that_does_not_fit_the_destination_stays()
    {
        var staged = new StagedPackets(new StagedBudget());
        staged.Enqueue(Packet(100, 1), 0);
        Assert.False(staged.TryDequeue(new byte[99], out _, out _));
        Assert.True(staged.TryDequeue(new byte[100], out _, out _));
    }

    [Fact]
    public void The_budget_of_all_peers_limits_each()
    {
        var budget = new StagedBudget(1000);
        var (one, other) = (new StagedPackets(budget), new StagedPackets(budget));
        for (var i = 0; i < 8; i++) Assert.Equal(0, one.Enqueue(Packet(100, 1), 0));
        Assert.Equal(0, other.Enqueue(Packet(200, 1), 0));
        // The other gives up what is its own; and where that does not suffice, the new packet.
        Assert.Equal(1, other.Enqueue(Packet(200, 2), 0));
        Assert.Equal(1, other.Count);
        Assert.Equal(2, other.Enqueue(Packet(201, 3), 0));
        Assert.Equal(0, other.Count);
        Assert.Equal(0, other.Enqueue([], 0));
        Assert.Equal(800, budget.Used);
        Assert.Equal(8, one.Clear());
        Assert.Equal(1, other.Clear());
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void Racing_threads_lose_nothing_but_what_is_counted()
    {
        var budget = new StagedBudget();
        var staged = new StagedPackets(budget);
        long dropped = 0, taken = 0;
        var writers = Enumerable.Range(0, 3).Select(number => new Thread(() =>
        {
            for (var i = 0; i < 5000; i++) Interlocked.Add(ref dropped, staged.Enqueue(Packet(10 + number, (byte)number), 0));
        })).ToArray();
        foreach (var writer in writers) writer.Start();
        var destination = new byte[100];
        while (writers.Any(static writer => writer.IsAlive) || staged.Count > 0)
        {
            if (!staged.TryDequeue(destination, out var length, out _)) continue;
            taken++;
            Assert.Equal(length - 10, destination[length - 1]);
        }
        foreach (var writer in writers) writer.Join();
        Assert.Equal(15_000, taken + dropped + staged.Clear());
        Assert.Equal(0, budget.Used);
    }

    private static byte[] Packet(int length, byte fill)
    {
        var packet = new byte[length];
        packet.AsSpan().Fill(fill);
        return packet;
    }
}
