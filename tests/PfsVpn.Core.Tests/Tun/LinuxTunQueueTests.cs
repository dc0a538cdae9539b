using System.Net;
using System.Net.Sockets;
using PfsVpn.Interop;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

/// <summary>The queues of a TUN: flows stay on theirs, and reading one knows when to stop.</summary>
public sealed class LinuxTunQueueTests
{
    private const int Short = 1024 * 1024;

    [NetworkFact]
    public void A_flow_stays_on_its_queue_and_in_its_order()
    {
        using var relay = new TunRelay(TunOffloadOptions.All, queues: 2);
        Assert.Equal((2, 2), (relay.Left.Queues.Count, relay.Left.Offloads.QueueCount));
        var flows = new Dictionary<int, (int Queue, uint Next)>();
        var wrong = new List<string>();
        relay.Seen = (isLeft, queue, _, packet) =>
        {
            if (!isLeft || packet[0] != 0x45 || packet[9] != 6 || packet.Length <= 20 + ((packet[32] >> 4) * 4)) return;
            var port = (packet[20] << 8) | packet[21];
            var sequence = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(24));
            var data = (uint)(packet.Length - 20 - ((packet[32] >> 4) * 4));
            // Sent again is not out of order: what was overtaken shows as a gap.
            if (flows.TryGetValue(port, out var known) && (known.Queue != queue || (int)(sequence - known.Next) > 0))
                wrong.Add($"Port {port}: queue {queue} after {known.Queue}, sequence {sequence} where {known.Next} was due.");
            if ((int)(sequence + data - known.Next) > 0 || !flows.ContainsKey(port)) flows[port] = (queue, sequence + data);
        };
        var transfers = Enumerable.Range(7000, 20).Select(port => Task.Factory.StartNew(
            () => relay.Transfer(TunRelay.Right4, Short, port), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        Task.WaitAll(transfers);
        Assert.Equal(20, flows.Count);
        Assert.Equal([0, 1], flows.Values.Select(flow => flow.Queue).Distinct().Order());
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(10)));
    }

    [NetworkFact]
    public void A_persistent_interface_keeps_the_queues_that_it_was_made_for()
    {
        using var home = new NetworkNamespace();
        home.Ip("tuntap add dev tunoff0 mode tun");
        home.Ip("tuntap add dev tunoff1 mode tun multi_queue");
        using (var single = home.Run(() => LinuxTunDevice.Create("tunoff0", 1420, null, 2))) Assert.Single(single.Queues);
        using (var several = home.Run(() => LinuxTunDevice.Create("tunoff1", 1420, null, 2))) Assert.Equal(2, several.Queues.Count);
        using (var one = home.Run(() => LinuxTunDevice.Create("tunoff1")))
        {
            Assert.Single(one.Queues);
            Assert.Equal(Libc.EBUSY, Assert.Throws<TunException>(() => home.Run(() => LinuxTunDevice.Create("tunoff1"))).Errno);
        }
    }

    [NetworkFact]
    public void An_interface_with_several_queues_is_not_shared_with_another_program()
    {
        using var home = new NetworkNamespace();
        using var first = home.Run(() => LinuxTunDevice.Create("tunoff0", 1420, null, 2));
        foreach (var queues in (int[])[1, 2])
            Assert.Equal(Libc.EBUSY, Assert.Throws<TunException>(() => home.Run(() => LinuxTunDevice.Create("tunoff0", 1420, null, queues))).Errno);
        Assert.Equal(Libc.EINVAL, Assert.Throws<TunException>(() => home.Run(() => LinuxTunDevice.Create("lo", 1420, null, 2))).Errno);
        using var another = home.Run(() => LinuxTunDevice.Create("tunoff%d", 1420, null, 3));
        Assert.Equal(("tunoff1", 3), (another.Name, another.Queues.Count));
    }

    [NetworkFact]
    public void Every_queue_ends_when_the_interface_is_deleted_or_the_device_closed()
    {
        using var home = new NetworkNamespace();
        foreach (var delete in (bool[])[true, false])
        {
            using var tun = home.Run(() => LinuxTunDevice.Create("tunoff0", 1420, null, 3));
            var waits = tun.Queues.Select(queue => Task.Factory.StartNew(() => queue.Wait(-1), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
            tun.Queues[1].Interrupt();
            Assert.Equal(WaitResult.Interrupted, waits[1].GetAwaiter().GetResult());
            if (delete) home.Ip("link del tunoff0");
            else tun.Dispose();
            Assert.Equal(WaitResult.Closed, waits[0].GetAwaiter().GetResult());
            Assert.Equal(WaitResult.Closed, waits[2].GetAwaiter().GetResult());
            Assert.Equal(WaitResult.Closed, tun.Queues[1].Wait(-1));
            Assert.Equal(delete, tun.IsGone);
        }
    }

    [NetworkFact]
    public void One_small_packet_at_a_time_is_read_without_looking_for_a_second_but_none_is_forgotten()
    {
        using var home = new NetworkNamespace();
        home.DisableV6();
        using var tun = home.Run(() => LinuxTunDevice.Create("tunoff0"));
        home.Ip("address add 10.9.0.1/24 dev tunoff0");
        home.Ip("link set tunoff0 up");
        using var sender = home.Run(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Parse("10.9.0.1"), 0));
            return socket;
        });
        using var batch = new PacketBatch(2 * LinuxTunDevice.RoomForOnePacket, 64);
        var queue = tun.Queues[0];
        int[] Reads(int packets)
        {
            for (var index = 0; index < packets; index++) sender.SendTo([1], new IPEndPoint(IPAddress.Parse("10.9.0.2"), 9));
            var reads = new List<int>();
            while (reads.Sum() < packets)
            {
                Assert.Equal(WaitResult.Readable, queue.Wait(-1));
                do
                {
                    batch.Clear();
                    reads.Add(queue.Read(batch));
                }
                while (!queue.IsDrained);
            }
            return [.. reads];
        }
        Assert.Equal([3], Reads(3));
        Assert.Equal([1], Reads(1));
        Assert.Equal([1, 1, 1], Reads(3));
        Assert.Equal([1, 1, 1, 1, 32, 14], Reads(50));
        Assert.Equal([3], Reads(3));
    }
}
