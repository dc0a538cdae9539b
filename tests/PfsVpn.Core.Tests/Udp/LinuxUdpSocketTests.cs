using PfsVpn.Interop;
using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Tun;
using PfsVpn.Udp;
using static PfsVpn.Tests.Udp.LinuxUdpHarness;

namespace PfsVpn.Tests.Udp;

public sealed class LinuxUdpSocketTests
{
    private static readonly int[] Sizes = [0, 1, 2, 3, 31, 32, 147, 148, 1280, 1472, 1500, 2047, 2048, 2049, 9000, 32_767, 65_506, 65_507];

    [NetworkFact]
    public void Datagrams_of_every_size_cross_both_families_intact()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        foreach (var address in (string[])["127.0.0.1", "::1"])
        {
            foreach (var size in Sizes)
            {
                Assert.Equal(UdpSendResult.Sent, sender.Send(Packet.Pattern(size, size), To(address, receiver.Port), 0));
                var datagram = Assert.Single(Take(receiver, batch, 1));
                Assert.Equal(Packet.Pattern(size, size), datagram.Payload);
                Assert.Equal(new EndpointAddress(Address(address), sender.Port), datagram.Remote);
                Assert.Equal(Address(address), datagram.Local.Address);
            }
        }
    }

    [NetworkFact]
    public void One_batch_takes_large_and_small_datagrams_of_both_families_and_loses_none()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        using var output = Output();
        var random = new Random(7);

        // Twice, as the first large datagram finds small slots and the next ones find large slots.
        for (var round = 0; round < 2; round++)
        {
            var sent = new List<byte[]>();
            foreach (var address in (string[])["127.0.0.1", "::1"])
            {
                var packets = Enumerable.Range(0, 40).Select(index => Packet.Pattern(index % 5 == 4 ? random.Next(65_508) : random.Next(1500), index)).ToArray();
                Put(output, [.. packets.Select(packet => (packet, (byte)0))]);
                Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, output.OutputCount, To(address, receiver.Port)));
                sent.AddRange(packets);
            }
            var received = Take(receiver, batch, sent.Count).OrderByDescending(datagram => datagram.Remote.Address.IsV4).Select(datagram => datagram.Payload);
            Assert.Equal(sent, received);
        }
    }

    [NetworkFact]
    public void Runs_longer_than_a_system_call_takes_are_sent_whole_and_in_order()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        using var output = new PacketBatch(1 << 20, 300);
        Put(output, [.. Enumerable.Range(0, 200).Select(index => (Packet.Pattern(100 + index, index), (byte)0))]);
        Assert.Equal(UdpSendResult.Sent, sender.Send(output, 10, 180, To("127.0.0.1", receiver.Port)));
        var received = Take(receiver, batch, 180);
        for (var index = 0; index < received.Count; index++) Assert.Equal(Packet.Pattern(110 + index, 10 + index), received[index].Payload);
    }

    [NetworkFact]
    public void A_small_batch_takes_what_fits_and_the_rest_the_next_time()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = new PacketBatch(150_000, 3);
        for (var index = 0; index < 10; index++) sender.Send(Packet.Pattern(65_000, index), To("127.0.0.1", receiver.Port), 0);
        var received = Take(receiver, batch, 10);
        for (var index = 0; index < 10; index++) Assert.Equal(Packet.Pattern(65_000, index), received[index].Payload);
    }

    [NetworkFact]
    public void Each_datagram_carries_its_own_TOS()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        using var output = Output();
        foreach (var address in (string[])["127.0.0.1", "::1"])
        {
            byte[] octets = [0, 0x88, 0x88, 0, 1, 2, 3, 3, 0xFF];
            Put(output, [.. octets.Select(tos => (new byte[] { tos }, tos))]);
            Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, octets.Length, To(address, receiver.Port, Source(address, 1))));
            Assert.Equal(octets, Take(receiver, batch, octets.Length).Select(datagram => datagram.Tos));
            Assert.Equal(UdpSendResult.Sent, sender.Send([5], To(address, receiver.Port), 0x88));
            Assert.Equal(0x88, Assert.Single(Take(receiver, batch, 1)).Tos);
        }
    }

    [NetworkFact]
    public void A_link_local_peer_has_a_scope_and_is_answered_from_the_address_it_wrote_to()
    {
        using var left = new NetworkNamespace();
        using var right = new NetworkNamespace();
        left.Join(right, "left0", "right0");
        left.Ip("address add fe80::aaaa/64 dev left0 nodad");
        right.Ip("address add fe80::bbbb/64 dev right0 nodad");
        using var sender = Open(left);
        using var receiver = Open(right);
        using var batch = Batch();
        var scope = InterfaceIndex(left, "left0");
        Assert.Equal(UdpSendResult.Sent, sender.Send([1], To("fe80::bbbb", receiver.Port, Source("fe80::aaaa", scope), scope), 0));
        var datagram = Assert.Single(Take(receiver, batch, 1));
        Assert.Equal($"[fe80::aaaa%{InterfaceIndex(right, "right0")}]:{sender.Port}", datagram.Remote.ToString());
        Assert.Equal(Source("fe80::bbbb", InterfaceIndex(right, "right0")), datagram.Local);
        Assert.True(receiver.IsSourceValid(new Endpoint(datagram.Remote, datagram.Local)));
        Assert.Equal(UdpSendResult.Sent, receiver.Send([2], new Endpoint(datagram.Remote, datagram.Local), 0));
        Assert.Equal([2], Assert.Single(Take(sender, batch, 1)).Payload);
    }

    [NetworkFact]
    public void Errors_of_earlier_datagrams_neither_stop_sending_nor_receiving()
    {
        using var home = new NetworkNamespace();
        using var socket = Open(home);
        using var sender = Open(home);
        using var batch = Batch();
        foreach (var address in (string[])["127.0.0.1", "::1"])
        {
            for (var round = 0; round < 5; round++)
            {
                // Nobody listens on port 9: an ICMP port unreachable comes back each time.
                Assert.Equal(UdpSendResult.Sent, socket.Send([1], To(address, 9), 0));
                Assert.Equal(UdpSendResult.Sent, sender.Send([2], To(address, socket.Port), 0));
                Assert.Equal([2], Assert.Single(Take(socket, batch, 1)).Payload);
            }
        }
    }

    [NetworkFact]
    public void A_datagram_that_is_too_long_fails_alone()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        using var output = Output();
        Put(output, ([1], 0), (new byte[65_508], 0), ([2], 0));
        Assert.Equal(UdpSendResult.Failed, sender.Send(output, 0, 3, To("127.0.0.1", receiver.Port)));
        Assert.Equal([1, 2], Take(receiver, batch, 2).Select(datagram => (int)datagram.Payload[0]));
    }

    [NetworkFact]
    public void What_a_firewall_refuses_fails_and_the_socket_works_on()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        home.Shell($"nft 'add table inet t; add chain inet t o {{ type filter hook output priority 0; }}; add rule inet t o udp dport {receiver.Port} drop'");
        Assert.Equal(UdpSendResult.Failed, sender.Send([1], To("127.0.0.1", receiver.Port), 0));
        home.Shell("nft delete table inet t");
        Assert.Equal(UdpSendResult.Sent, sender.Send([2], To("127.0.0.1", receiver.Port), 0));
        Assert.Equal([2], Assert.Single(Take(receiver, batch, 1)).Payload);
    }

    [NetworkFact]
    public void A_full_send_buffer_loses_datagrams_and_holds_nobody_up()
    {
        using var home = new NetworkNamespace();
        using var other = new NetworkNamespace();
        using var output = new PacketBatch(1 << 20, 64);
        home.Join(other, "slow0", "there0");
        home.Ip("address add 10.1.0.1/24 dev slow0");
        home.Ip("neighbour add 10.1.0.2 dev slow0 lladdr 02:00:00:00:00:01");
        home.Shell("tc qdisc add dev slow0 root tbf rate 8kbit burst 2k limit 100m");
        using var socket = Open(home);
        Put(output, [.. Enumerable.Range(0, 64).Select(index => (new byte[1400], (byte)0))]);
        var result = UdpSendResult.Sent;
        for (var sent = 0; result == UdpSendResult.Sent; sent += output.OutputCount)
        {
            Assert.True(sent * 1400L < 50_000_000, "The buffer never filled.");
            result = socket.Send(output, 0, output.OutputCount, To("10.1.0.2", 9));
        }
        Assert.Equal(UdpSendResult.Failed, result);
        Assert.Equal(UdpSendResult.Sent, socket.Send([1], To("::1", 9), 0));
    }

    [NetworkFact]
    public void A_destination_without_route_is_told()
    {
        using var home = new NetworkNamespace();
        using var socket = Open(home);
        Assert.Equal(UdpSendResult.NoRoute, socket.Send([1], To("192.0.2.1", 1), 0));
        Assert.Equal(UdpSendResult.NoRoute, socket.Send([1], To("2001:db8::1", 1), 0));
        Assert.Equal(UdpSendResult.NoRoute, socket.Send([1], To("192.0.2.1", 1, Source("127.0.0.1", 1)), 0));
    }

    [NetworkFact]
    public void The_mark_decides_the_route_and_can_be_changed()
    {
        using var home = new NetworkNamespace();
        using var other = new NetworkNamespace();
        home.Join(other, "here0", "there0");
        home.Ip("address add 10.1.0.1/24 dev here0");
        home.Ip("rule add pref 1 fwmark 7 unreachable");
        using var marked = Open(home, 0, 7);
        Assert.Equal(UdpSendResult.NoRoute, marked.Send([1], To("10.1.0.200", 9), 0));
        Assert.Equal(0, marked.SetMark(0));
        Assert.Equal(UdpSendResult.Sent, marked.Send([1], To("10.1.0.200", 9), 0));
        Assert.Equal(0, marked.SetMark(7));
        Assert.Equal(UdpSendResult.NoRoute, marked.Send([1], To("10.1.0.200", 9), 0));
        marked.Dispose();
        Assert.Equal(Libc.EBADF, marked.SetMark(1));
    }

    [NetworkFact]
    public void A_wait_ends_with_a_datagram_with_an_interrupt_and_with_the_socket()
    {
        using var home = new NetworkNamespace();
        using var batch = Batch();
        foreach (var (index, address) in ((int, string)[])[(0, "127.0.0.1"), (1, "::1")])
        {
            var socket = Open(home);
            var receiver = socket.Receivers[index];
            receiver.Interrupt();
            Assert.Equal(WaitResult.Interrupted, receiver.Wait());
            var waiting = StartWait(receiver);
            socket.Send([1], To(address, socket.Port), 0);
            Assert.Equal(WaitResult.Readable, Result(waiting));
            Assert.Equal(1, receiver.Receive(batch, mayWait: false));
            waiting = StartWait(receiver);
            socket.Dispose();
            Assert.Equal(WaitResult.Closed, Result(waiting));
            batch.Clear();
            Assert.Equal(0, receiver.Receive(batch, mayWait: true));
            Assert.Equal(UdpSendResult.Failed, socket.Send([1], To(address, socket.Port), 0));
            receiver.Interrupt();
            socket.Dispose();
        }
    }

    [NetworkFact]
    public void A_receiver_of_a_missing_family_never_has_anything_and_waits_until_interrupted_or_closed()
    {
        using var home = new NetworkNamespace();
        ushort port = 0;
        var descriptor = home.Run(() => LinuxUdpDescriptor.Open(Libc.AF_INET, ref port, 0));
        using var socket = new LinuxUdpSocket([descriptor], [-1], new LinuxUdpOffloads(gso: true, gro: true), port, 0);
        using var batch = Batch();
        var receiver = socket.Receivers[1];
        Assert.False(socket.HasV6);
        Assert.Equal(0, receiver.Receive(batch, mayWait: true));
        receiver.Interrupt();
        Assert.Equal(WaitResult.Interrupted, receiver.Wait());
        var waiting = StartWait(receiver);
        socket.Dispose();
        Assert.Equal(WaitResult.Closed, Result(waiting));
    }

    [NetworkFact]
    public void A_receive_that_may_wait_returns_with_the_first_datagram_and_without_one_soon()
    {
        using var home = new NetworkNamespace();
        using var socket = Open(home);
        using var batch = Batch();
        foreach (var (index, address) in ((int, string)[])[(0, "127.0.0.1"), (1, "::1")])
        {
            var receiver = socket.Receivers[index];
            batch.Clear();
            Assert.Equal(0, receiver.Receive(batch, mayWait: true));
            Assert.Equal(0, receiver.Receive(batch, mayWait: false));

            // Tries again where the machine was too busy to send within the 10 ms.
            var received = Task.Factory.StartNew(
                () =>
                {
                    for (var tries = 0; tries < 3000; tries++)
                        if (receiver.Receive(batch, mayWait: true) > 0) return batch.Count;
                    return 0;
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            Assert.Equal(UdpSendResult.Sent, socket.Send([1, 2], To(address, socket.Port), 0));
            Assert.Equal(1, Result(received));
            Assert.Equal([1, 2], batch.Packet(0).ToArray());
        }
    }

    [NetworkFact]
    public void Closing_ends_a_receive_that_waits_and_frees_the_port_before_it_returns()
    {
        using var home = new NetworkNamespace();
        foreach (var options in (LinuxUdpSocketOptions[])[new(), new() { ReceiversPerFamily = 2 }])
        {
            for (var round = 0; round < 20; round++)
            {
                var socket = Open(home, options: options);
                using var started = new CountdownEvent(socket.Receivers.Count);
                using var closed = new CancellationTokenSource();
                var receivers = socket.Receivers.Select(receiver => Start(() =>
                {
                    using var batch = Batch();
                    started.Signal();
                    while (!closed.IsCancellationRequested) Assert.Equal(0, receiver.Receive(batch, mayWait: true));
                })).ToArray();
                Assert.True(started.Wait(TimeSpan.FromSeconds(30)));
                socket.Dispose();
                closed.Cancel();
                Assert.True(socket.IsReleased);
                foreach (var thread in receivers) Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
            }
        }
    }

    [NetworkFact]
    public void Closing_while_other_threads_send_and_receive_harms_nobody()
    {
        using var home = new NetworkNamespace();
        for (var round = 0; round < 20; round++)
        {
            var socket = Open(home);
            var to = To("127.0.0.1", socket.Port);
            using var started = new CountdownEvent(5);
            var senders = Enumerable.Range(0, 2).Select(_ => Start(() =>
            {
                started.Signal();
                while (socket.Send([1, 2, 3], to, 0) == UdpSendResult.Sent) Thread.Yield();
            })).ToArray();
            var receivers = socket.Receivers.Select((receiver, index) => Start(() =>
            {
                using var batch = Batch();
                started.Signal();
                while (receiver.Wait() == WaitResult.Readable)
                    while (receiver.Receive(batch, mayWait: index == 0) > 0) batch.Wipe();
            })).ToArray();
            started.Signal();
            Assert.True(started.Wait(TimeSpan.FromSeconds(30)));
            socket.Dispose();
            foreach (var thread in (Thread[])[.. senders, .. receivers]) Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        }
    }

    private static Task<WaitResult> StartWait(IUdpReceiver receiver) =>
        Task.Factory.StartNew(receiver.Wait, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static T Result<T>(Task<T> task)
    {
        Assert.True(task.Wait(TimeSpan.FromSeconds(30)), "Nothing came of it.");
        return task.GetAwaiter().GetResult();
    }

    private static Thread Start(ThreadStart action)
    {
        var thread = new Thread(action);
        thread.Start();
        return thread;
    }
}
