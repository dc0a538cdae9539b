using PfsVpn.Hosting;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Hosting;

public sealed class PacketChannelTests : IDisposable
{
    private const int Mtu = 100, Capacity = 3;

    private readonly PacketChannel _channel = new(Mtu, Capacity);
    private readonly ITunDevice _tun;

    public PacketChannelTests() => _tun = _channel.Take();

    public void Dispose() => _tun.Dispose();

    [Fact]
    public void Packets_leave_in_the_order_in_which_they_were_written()
    {
        foreach (var length in (int[])[20, 100, 33]) Assert.True(_channel.TryWrite(Packet(length)));
        using var batch = new PacketBatch(64 * 1024, 64);
        var queue = _tun.Queues[0];
        Assert.Equal(3, queue.Read(batch));
        Assert.True(queue.IsDrained);
        Assert.Equal(Mtu, batch.Mtu);
        for (var index = 0; index < 3; index++) Assert.Equal(Packet(batch.Packet(index).Length), batch.Packet(index).ToArray());
        Assert.Equal([20, 100, 33], Enumerable.Range(0, 3).Select(index => batch.Packet(index).Length));
    }

    [Fact]
    public unsafe void Packets_of_a_batch_lie_as_the_wire_needs_them()
    {
        _channel.TryWrite(Packet(20));
        _channel.TryWrite(Packet(33));
        using var batch = new PacketBatch(64 * 1024, 64);
        _tun.Queues[0].Read(batch);
        Assert.Equal(PacketBatch.HeaderRoom, batch.Packets[0].Offset);
        Assert.Equal(WireLayout.Next(PacketBatch.HeaderRoom, 20, Mtu), batch.Packets[1].Offset);
        Assert.True(batch.UsedBytes >= batch.Packets[1].Offset + 33);
    }

    [Fact]
    public async Task A_writer_waits_for_room_and_a_full_channel_refuses()
    {
        for (var index = 0; index < Capacity; index++) Assert.True(_channel.TryWrite(Packet(20)));
        Assert.False(_channel.TryWrite(Packet(20)));
        var waiting = _channel.WriteAsync(Packet(21)).AsTask();
        Assert.False(waiting.IsCompleted);
        using var batch = new PacketBatch(64 * 1024, 1);
        Assert.Equal(1, _tun.Queues[0].Read(batch));
        Assert.True(await waiting);
    }

    [Fact]
    public async Task A_reader_waits_for_a_packet()
    {
        var buffer = new byte[Mtu];
        var reading = _channel.ReadAsync(buffer).AsTask();
        Assert.False(reading.IsCompleted);
        Assert.Equal(1, Write(Packet(77)));
        Assert.Equal(77, await reading);
        Assert.Equal(Packet(77), buffer[..77]);
        Assert.Equal(0, _channel.TryRead(buffer));
    }

    [Fact]
    public async Task A_reader_that_gives_up_loses_no_packet()
    {
        using var cancellation = new CancellationTokenSource();
        var reading = _channel.ReadAsync(new byte[Mtu], cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Write(Packet(20));
        Assert.Equal(20, await _channel.ReadAsync(new byte[Mtu]));
    }

    [Fact]
    public void What_comes_in_while_nobody_reads_is_refused_and_so_counted()
    {
        Assert.Equal(Capacity, Write(Packet(20), Packet(20), Packet(20), Packet(20)));
        // Longer than the MTU: the application's buffer would not hold it.
        _channel.TryRead(new byte[Mtu]);
        Assert.Equal(0, Write(Packet(Mtu + 1)));
    }

    [Fact]
    public void The_pump_is_woken_by_a_packet_an_interrupt_and_the_end()
    {
        var queue = _tun.Queues[0];
        Assert.Equal(WaitResult.TimedOut, queue.Wait(1));
        Assert.Equal(WaitResult.Readable, WaitWhile(() => _channel.TryWrite(Packet(20))));
        using var batch = new PacketBatch(64 * 1024, 64);
        queue.Read(batch);
        Assert.Equal(WaitResult.Interrupted, WaitWhile(queue.Interrupt));
        Assert.Equal(WaitResult.Closed, WaitWhile(_channel.Dispose));
        Assert.Equal(-1, queue.Read(batch));

        WaitResult WaitWhile(Action action)
        {
            using var wait = new Waiter(queue);
            action();
            return wait.Result();
        }
    }

    [Fact]
    public async Task The_end_of_the_tunnel_is_heard_by_whoever_reads_or_writes()
    {
        for (var index = 0; index < Capacity; index++) _channel.TryWrite(Packet(20));
        var reading = _channel.ReadAsync(new byte[Mtu]).AsTask();
        var writing = _channel.WriteAsync(Packet(20)).AsTask();
        _tun.Dispose();
        Assert.Equal(0, await reading);
        Assert.False(await writing);
        Assert.True(_channel.IsClosed);
        Assert.False(_channel.TryWrite(Packet(20)));
        Assert.Equal(0, _channel.TryRead(new byte[Mtu]));
    }

    [Fact]
    public void Wrong_arguments_are_refused()
    {
        Assert.Throws<ArgumentException>(() => _channel.TryWrite(default));
        Assert.Throws<ArgumentException>(() => _channel.TryWrite(Packet(Mtu + 1)));
        Assert.Throws<ArgumentException>(() => _channel.TryRead(new byte[Mtu - 1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketChannel(67));
        Assert.Throws<ArgumentOutOfRangeException>(() => new PacketChannel(capacity: 0));
        Assert.Throws<TunnelException>(_channel.Take);
    }

    [Fact]
    public async Task Packets_of_several_writers_all_arrive_whole()
    {
        const int Each = 2000, Writers = 3;
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            for (var index = 0; index < Each; index++) await _channel.WriteAsync(Packet(20 + writer));
        })).ToArray();
        var counts = new int[Writers];
        using var batch = new PacketBatch(64 * 1024, 64);
        var queue = _tun.Queues[0];
        while (counts.Sum() < Each * Writers)
        {
            if (queue.Read(batch) == 0) queue.Wait(-1);
            for (var index = 0; index < batch.Count; index++)
            {
                var packet = batch.Packet(index);
                Assert.Equal(Packet(packet.Length), packet.ToArray());
                counts[packet.Length - 20]++;
            }
            batch.Clear();
        }
        await Task.WhenAll(writers);
        Assert.All(counts, count => Assert.Equal(Each, count));
    }

    private static byte[] Packet(int length) => [.. Enumerable.Range(0, length).Select(index => (byte)(length + index))];

    private int Write(params byte[][] packets)
    {
        using var batch = new PacketBatch(64 * 1024, 64);
        using var writer = _tun.OpenWriter();
        var offset = PacketBatch.HeaderRoom;
        foreach (var packet in packets)
        {
            unsafe
            {
                packet.CopyTo(new Span<byte>(batch.Memory + offset, packet.Length));
            }
            batch.TryAddOutput(offset, packet.Length);
            offset = WireLayout.Next(offset, packet.Length, 0);
        }
        batch.UsedBytes = offset;
        return writer.Write(batch);
    }

    /// <summary>Waits on a thread of its own, as a pump does.</summary>
    private sealed class Waiter : IDisposable
    {
        private readonly Thread _thread;
        private WaitResult _result;

        public Waiter(ITunQueue queue)
        {
            _thread = new Thread(() => _result = queue.Wait(-1)) { IsBackground = true };
            _thread.Start();
        }

        public WaitResult Result()
        {
            Assert.True(_thread.Join(TimeSpan.FromSeconds(30)));
            return _result;
        }

        public void Dispose() => _thread.Join(TimeSpan.FromSeconds(30));
    }
}
