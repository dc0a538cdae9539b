using System.Collections.Concurrent;
using PfsVpn.Packets;
using PfsVpn.TestSupport;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

public sealed class WintunDeviceTests
{
    [Fact]
    public void It_has_one_queue_and_no_offloads()
    {
        using var tun = new WintunFixture();
        Assert.Single(tun.Device.Queues);
        Assert.Equal("wg0", tun.Device.Name);
        Assert.Equal(1420, tun.Device.Mtu);
        Assert.Equal(new TunOffloads(false, false, false, false, false, 1), tun.Device.Offloads);
    }

    [Fact]
    public void Disposing_ends_the_session_once_and_is_no_disappearance()
    {
        var tun = new WintunFixture();
        tun.Device.Dispose();
        Assert.Equal(1, tun.Session.Disposals);
        Assert.Equal(-1, tun.Read());
        Assert.Equal(WaitResult.Closed, tun.Queue.Wait(-1));
        tun.Queue.Interrupt();
        Assert.Equal(0, tun.Gone);
        tun.Dispose();
    }

    [Fact]
    public async Task Disposing_wakes_who_waits_and_the_session_ends_after_that()
    {
        for (var round = 0; round < 50; round++)
        {
            var session = new FakeWintunSession();
            var device = new WintunDevice(session, new FakeAdapterSettings(), "wg0", 1420);
            var wait = Task.Run(() => device.Queues[0].Wait(-1));
            if (round % 2 == 0)
            {
                while (session.Waits == 0) await Task.Yield();
            }
            device.Dispose();
            Assert.Equal(WaitResult.Closed, await wait);
            Assert.Equal(1, session.Disposals);
            Assert.False(device.IsGone);
            session.Free();
        }
    }

    [Fact]
    public void Disposing_in_the_midst_of_traffic_leaves_nobody_in_a_session_that_has_ended()
    {
        var failures = new ConcurrentQueue<Exception>();
        for (var round = 0; round < 40; round++)
        {
            var session = new FakeWintunSession();
            var device = new WintunDevice(session, new FakeAdapterSettings(), "wg0", 1420, processors: 2);
            using var underWay = new CountdownEvent(3);
            var threads = new List<Thread> { new(() => Try(() => Read(device, session, underWay))) };
            for (var writer = 0; writer < 2; writer++) threads.Add(new Thread(() => Try(() => Write(device, session, underWay))));
            threads.ForEach(thread => thread.Start());
            underWay.Wait();
            Thread.SpinWait(round * 500);
            device.Dispose();
            threads.ForEach(thread => thread.Join());
            Assert.Equal(1, session.Disposals);
            session.Free();
        }
        Assert.Empty(failures);

        void Try(Action action)
        {
            try
            {
                action();
            }
            catch (Exception failure)
            {
                failures.Enqueue(failure);
            }
        }
    }

    [Fact]
    public void Without_the_library_it_says_what_is_missing_and_where_it_belongs()
    {
        var refused = Assert.Throws<TunException>(() => WintunDevice.Create("wg0"));
        Assert.Contains("wintun.dll", refused.Message, StringComparison.Ordinal);
        Assert.Contains(AppContext.BaseDirectory.TrimEnd('/'), refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a name that is far too long for an adapter, as Wintun has one hundred and twenty-eight characters for it and the last one is a zero")]
    public void A_name_that_no_adapter_can_have_is_refused(string name) => Assert.Throws<TunException>(() => WintunDevice.Create(name));

    private static void Read(WintunDevice device, FakeWintunSession session, CountdownEvent underWay)
    {
        using var batch = new PacketBatch(512 * 1024, 64);
        var queue = device.Queues[0];
        underWay.Signal();
        while (true)
        {
            batch.Clear();
            if (queue.Read(batch) < 0) return;
            if (queue.IsDrained && queue.Wait(10) == WaitResult.Closed) return;
        }
    }

    private static unsafe void Write(WintunDevice device, FakeWintunSession session, CountdownEvent underWay)
    {
        using var batch = new PacketBatch(64 * 1024, 16);
        using var writer = device.OpenWriter();
        var packet = TestPackets.Ip("10.0.0.1", "10.0.0.2", 500);
        for (var index = 0; index < 16; index++)
        {
            packet.CopyTo(new Span<byte>(batch.Memory + (index * 512), 512));
            batch.TryAddOutput(index * 512, packet.Length);
        }
        underWay.Signal();
        while (!device.IsClosed)
        {
            session.Deliver(packet);
            writer.Write(batch);
            while (session.Collect() is not null)
            {
            }
        }
    }
}
