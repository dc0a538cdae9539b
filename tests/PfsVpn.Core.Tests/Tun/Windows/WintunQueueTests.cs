using PfsVpn.Interop.Windows;
using PfsVpn.Packets;
using PfsVpn.TestSupport;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

public sealed class WintunQueueTests
{
    [Fact]
    public void Packets_are_taken_in_order_and_laid_out_for_sealing_in_place()
    {
        using var tun = new WintunFixture();
        byte[][] packets = [Ip(100), Ip(1420), Ip(28), Ip(1411)];
        foreach (var packet in packets) Assert.True(tun.Session.Deliver(packet));
        Assert.Equal(4, tun.Read());
        Assert.True(tun.Queue.IsDrained);
        Assert.Equal(1420, tun.Batch.Mtu);
        var offset = PacketBatch.HeaderRoom;
        for (var index = 0; index < packets.Length; index++)
        {
            Assert.Equal(packets[index], tun.Batch.Packet(index).ToArray());
            unsafe
            {
                Assert.Equal(offset, tun.Batch.Packets[index].Offset);
            }
            offset = WireLayout.Next(offset, packets[index].Length, 1420);
        }
        Assert.True(tun.Batch.UsedBytes >= offset - WireLayout.Header);
        Assert.Equal(0, tun.Session.Incoming.Held);
    }

    [Fact]
    public void No_plaintext_stays_in_the_ring()
    {
        using var tun = new WintunFixture();
        for (var index = 0; index < 10; index++) tun.Session.Deliver(Ip(1000 + index, fill: 0xE7));
        Assert.Equal(10, tun.Read());
        Assert.Equal(-1, tun.Session.Incoming.Memory.IndexOf((byte)0xE7));
    }

    [Fact]
    public void A_batch_has_what_one_segmented_datagram_takes_and_the_rest_is_for_the_next()
    {
        using var tun = new WintunFixture();
        for (var index = 0; index < 60; index++) Assert.True(tun.Session.Deliver(Ip(1420, fill: (byte)index)));
        Assert.Equal(45, tun.Read());
        Assert.False(tun.Queue.IsDrained);
        Assert.Equal(15, tun.Read());
        Assert.True(tun.Queue.IsDrained);
        Assert.Equal(45, tun.Batch.Packet(0)[100]);
        Assert.Equal(0, tun.Read());
        Assert.True(tun.Queue.IsDrained);
    }

    [Fact]
    public void The_ring_is_gone_round_many_times()
    {
        using var tun = new WintunFixture();
        for (var round = 0; round < 300; round++)
        {
            for (var index = 0; index < 40; index++) Assert.True(tun.Session.Deliver(Ip(40 + ((round * 37 + index * 101) % 1380), fill: (byte)(round + index))));
            Assert.Equal(40, tun.Read());
            for (var index = 0; index < 40; index++) Assert.Equal((byte)(round + index), tun.Batch.Packet(index)[^1]);
        }
    }

    [Fact]
    public void The_largest_packet_fits_and_none_is_taken_without_room_for_it()
    {
        using var tun = new WintunFixture(capacity: 0x80000, batchBytes: WintunDevice.RoomForOnePacket + 2000, mtu: 65535);
        for (var index = 0; index < 3; index++) Assert.True(tun.Session.Deliver(Ip(65535, fill: (byte)(index + 1))));
        for (var index = 0; index < 3; index++)
        {
            Assert.Equal(1, tun.Read());
            Assert.Equal(65535, tun.Batch.Packet(0).Length);
            Assert.Equal(index + 1, tun.Batch.Packet(0)[65534]);
            Assert.False(tun.Queue.IsDrained);
        }
        Assert.Equal(0, tun.Read());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    [InlineData(-1)]
    public void A_length_that_cannot_be_is_counted_and_the_packet_given_back(int length)
    {
        using var tun = new WintunFixture();
        tun.Session.Deliver(Ip(100));
        tun.Session.Deliver(Ip(200));
        tun.Session.NextLength = length;
        Assert.Equal(1, tun.Read());
        Assert.Equal(1, tun.Queue.MalformedCount);
        Assert.Equal(200, tun.Batch.Packet(0).Length);
        Assert.Equal(0, tun.Session.Incoming.Held);
        tun.Read();
        Assert.Equal(0, tun.Queue.MalformedCount);
    }

    [Theory]
    [InlineData(Wintun.ERROR_HANDLE_EOF, null)]
    [InlineData(Wintun.ERROR_INVALID_DATA, "its ring is corrupt")]
    [InlineData(Wintun.ERROR_ACCESS_DENIED, "error 5")]
    public void An_adapter_that_goes_away_ends_the_queue(int error, string? failure)
    {
        using var tun = new WintunFixture();
        tun.Session.End(error);
        Assert.Equal(-1, tun.Read());
        Assert.Equal((1, failure), (tun.Gone, tun.Device.Failure));
        Assert.Equal(WaitResult.Closed, tun.Queue.Wait(-1));
        Assert.Equal(-1, tun.Read());
        Assert.Equal(1, tun.Gone);
    }

    [Theory]
    [InlineData(Wintun.ERROR_HANDLE_EOF, null)]
    [InlineData(Wintun.ERROR_INVALID_DATA, "its ring is corrupt")]
    public async Task An_adapter_that_goes_away_ends_the_wait(int error, string? failure)
    {
        using var tun = new WintunFixture();
        var wait = Task.Run(() => tun.Queue.Wait(-1));
        await WaitUntil(() => tun.Session.Waits > 0);
        tun.Session.End(error);
        Assert.Equal(WaitResult.Closed, await wait);
        Assert.Equal((1, failure), (tun.Gone, tun.Device.Failure));
    }

    [Fact]
    public void A_wait_that_the_system_refuses_is_the_end_and_no_loop()
    {
        using var tun = new WintunFixture();
        tun.Session.WaitFails = true;
        Assert.Equal(WaitResult.Closed, tun.Queue.Wait(-1));
        Assert.Equal((1, "its event cannot be waited for"), (tun.Gone, tun.Device.Failure));
    }

    [Fact]
    public void A_packet_that_is_there_is_readable_without_sleeping_and_read_first()
    {
        using var tun = new WintunFixture();
        tun.Session.Deliver(Ip(100));
        tun.Session.Deliver(Ip(200));
        Assert.Equal(WaitResult.Readable, tun.Queue.Wait(-1));
        Assert.Equal(WaitResult.Readable, tun.Queue.Wait(0));
        Assert.Equal(0, tun.Session.Waits);
        Assert.Equal(2, tun.Read());
        Assert.Equal(100, tun.Batch.Packet(0).Length);
        Assert.Equal(0, tun.Session.Incoming.Held);
    }

    [Fact]
    public async Task A_packet_ends_the_wait()
    {
        using var tun = new WintunFixture();
        var wait = Task.Run(() => tun.Queue.Wait(-1));
        await WaitUntil(() => tun.Session.Waits > 0);
        tun.Session.Deliver(Ip(100));
        Assert.Equal(WaitResult.Readable, await wait);
        Assert.Equal(1, tun.Read());
    }

    [Fact]
    public void After_short_waits_it_spins_and_finds_the_packet_without_sleeping()
    {
        using var tun = new WintunFixture(processors: 8);
        var (looks, slept, found) = (0, 0, 0);
        tun.Session.Sleeping = () => tun.Session.Deliver(Ip(100));
        tun.Session.SeenEmpty = () =>
        {
            // The second look is the first of the spinning.
            if (++looks == 2) tun.Session.Deliver(Ip(100));
        };
        // Whatever interrupts this thread makes a wait long, so that it may take some.
        for (var round = 0; round < 10_000 && (found == 0 || slept == 0); round++)
        {
            looks = 0;
            var waits = tun.Session.Waits;
            Assert.Equal(WaitResult.Readable, tun.Queue.Wait(-1));
            if (tun.Session.Waits == waits) found++;
            else slept++;
            Assert.Equal(1, tun.Read());
        }
        Assert.NotEqual(0, found);
        Assert.NotEqual(0, slept);
    }

    [Fact]
    public void The_event_of_a_packet_that_was_read_already_does_not_end_the_wait()
    {
        using var tun = new WintunFixture();
        tun.Session.Deliver(Ip(100));
        Assert.Equal(1, tun.Read());
        var start = Environment.TickCount64;
        Assert.Equal(WaitResult.TimedOut, tun.Queue.Wait(50));
        Assert.InRange(Environment.TickCount64 - start, 40, 5000);
        Assert.Equal(2, tun.Session.Waits);
    }

    [Fact]
    public async Task An_interrupt_ends_the_current_or_the_next_wait_once()
    {
        using var tun = new WintunFixture();
        tun.Queue.Interrupt();
        Assert.Equal(WaitResult.Interrupted, tun.Queue.Wait(-1));
        Assert.Equal(WaitResult.TimedOut, tun.Queue.Wait(0));
        var wait = Task.Run(() => tun.Queue.Wait(-1));
        tun.Queue.Interrupt();
        Assert.Equal(WaitResult.Interrupted, await wait);
    }

    private static byte[] Ip(int length, byte fill = 0xab) => TestPackets.Ip("10.0.0.1", "10.0.0.2", length, fill: fill);

    private static async Task WaitUntil(Func<bool> condition)
    {
        for (var waited = 0; !condition(); waited++)
        {
            Assert.True(waited < 5000, "it did not happen within five seconds");
            await Task.Delay(1);
        }
    }
}
