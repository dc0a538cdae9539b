using PfsVpn.Interop.Windows;
using PfsVpn.Packets;
using PfsVpn.TestSupport;

namespace PfsVpn.Tests.Tun.Windows;

public sealed class WintunWriterTests
{
    [Fact]
    public void Packets_are_written_in_order()
    {
        using var tun = new WintunFixture();
        using var writer = tun.Device.OpenWriter();
        byte[][] packets = [Ip(100), Ip(1420), Ip(21)];
        tun.Output(packets);
        Assert.Equal(3, writer.Write(tun.Batch));
        foreach (var packet in packets) Assert.Equal(packet, tun.Session.Collect());
        Assert.Null(tun.Session.Collect());
    }

    [Fact]
    public void A_full_ring_takes_what_still_fits_and_drops_the_rest()
    {
        using var tun = new WintunFixture();
        using var writer = tun.Device.OpenWriter();
        tun.Output(Ip(65000), Ip(65000), Ip(65000), Ip(100));
        Assert.Equal(3, writer.Write(tun.Batch));
        Assert.Equal(0, tun.Gone);
        Assert.Equal(65000, tun.Session.Collect()!.Length);
        Assert.Equal(65000, tun.Session.Collect()!.Length);
        Assert.Equal(100, tun.Session.Collect()!.Length);
        tun.Output(Ip(65000));
        Assert.Equal(1, writer.Write(tun.Batch));
    }

    [Fact]
    public void Lengths_that_the_ring_does_not_take_are_left_out()
    {
        using var tun = new WintunFixture();
        using var writer = tun.Device.OpenWriter();
        tun.Output(Ip(100), Ip(200));
        tun.Batch.TryAddOutput(64, 0);
        tun.Batch.TryAddOutput(64, 65536);
        Assert.Equal(2, writer.Write(tun.Batch));
    }

    [Fact]
    public void An_adapter_that_goes_away_takes_nothing_and_is_told_of_once()
    {
        using var tun = new WintunFixture();
        using var writer = tun.Device.OpenWriter();
        tun.Session.End(Wintun.ERROR_HANDLE_EOF);
        tun.Output(Ip(100), Ip(200));
        Assert.Equal(0, writer.Write(tun.Batch));
        Assert.Equal(0, writer.Write(tun.Batch));
        Assert.Equal(1, tun.Gone);
    }

    [Fact]
    public void Writers_work_side_by_side_and_each_keeps_its_order()
    {
        const int Writers = 3, Rounds = 400, Each = 8;
        using var tun = new WintunFixture(capacity: 0x400000);
        var threads = Enumerable.Range(0, Writers).Select(writer => new Thread(() => WriteMany(tun, writer))).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var next = new int[Writers];
        while (tun.Session.Collect() is { } packet)
        {
            var writer = packet[20];
            Assert.Equal(next[writer]++, BitConverter.ToInt32(packet, 21));
            Assert.Equal(packet.Length - 1, packet.AsSpan(25).IndexOf((byte)0xff) + 25);
        }
        Assert.All(next, count => Assert.Equal(Rounds * Each, count));

        static void WriteMany(WintunFixture tun, int writer)
        {
            using var sink = tun.Device.OpenWriter();
            using var batch = new PacketBatch(64 * 1024, Each);
            for (var round = 0; round < Rounds; round++)
            {
                batch.Clear();
                for (var index = 0; index < Each; index++) Add(batch, writer, (round * Each) + index, index);
                Assert.Equal(Each, sink.Write(batch));
            }
        }

        static unsafe void Add(PacketBatch batch, int writer, int number, int place)
        {
            var packet = Ip(60 + (number % 100), fill: 0x11);
            packet[20] = (byte)writer;
            BitConverter.TryWriteBytes(packet.AsSpan(21), number);
            packet[^1] = 0xff;
            packet.CopyTo(new Span<byte>(batch.Memory + 16 + (place * 256), 256));
            batch.TryAddOutput(16 + (place * 256), packet.Length);
        }
    }

    private static byte[] Ip(int length, byte fill = 0xab) => TestPackets.Ip("10.0.0.1", "10.0.0.2", length, fill: fill);
}
