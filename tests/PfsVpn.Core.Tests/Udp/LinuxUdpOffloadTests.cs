using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Udp;
using static PfsVpn.Tests.Udp.LinuxUdpHarness;

namespace PfsVpn.Tests.Udp;

/// <summary>Runs of datagrams that cross the kernel as one.</summary>
public sealed unsafe class LinuxUdpOffloadTests
{
    private static readonly string[] Addresses = ["127.0.0.1", "::1"];
    private static readonly LinuxUdpSocketOptions Plain = new() { Gso = false, Gro = false };
    private static readonly LinuxUdpSocketOptions NoGro = new() { Gro = false };

    [NetworkFact]
    public void Runs_of_mixed_lengths_and_TOS_arrive_at_a_plain_socket_as_the_datagrams_that_were_put()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home, options: NoGro);
        using var receiver = Open(home, options: Plain);
        using var batch = Batch();
        using var output = Output();
        var random = new Random(11);
        foreach (var address in Addresses)
        {
            for (var round = 0; round < 40; round++)
            {
                var packets = MixedRuns(random, gaps: round % 2);
                Put(output, packets, gap: round % 2 == 0 ? 0 : 32);
                Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, packets.Count, To(address, receiver.Port)));
                var received = Take(receiver, batch, packets.Count);
                AssertSame(packets.Select(packet => packet.Payload), received);
                Assert.Equal(packets.Select(packet => packet.Tos), received.Select(datagram => datagram.Tos));
                Assert.All(received, datagram => Assert.Equal(new EndpointAddress(Address(address), sender.Port), datagram.Remote));
            }
        }
        Assert.Equal(new UdpOffloads(Gso: true, Gro: false), sender.Offloads);
    }

    [NetworkFact]
    public void A_run_arrives_as_one_extent_with_its_stride_source_and_TOS()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        using var output = Output();
        Assert.Equal(new UdpOffloads(Gso: true, Gro: true), receiver.Offloads);
        for (var family = 0; family < 2; family++)
        {
            // 32 bytes apart they are gathered; the last one is shorter.
            var packets = Enumerable.Range(0, 45).Select(index => (Packet.Pattern(index == 44 ? 100 : 1452, index), (byte)0x88)).ToList();
            Put(output, packets, gap: family * 32);
            Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, 45, To(Addresses[family], receiver.Port, Source(Addresses[family], 1))));
            Assert.Equal(1, ReceiveSoon(receiver.Receivers[family], batch));
            Assert.Equal((44 * 1452) + 100, batch.Packets[0].Length);
            Assert.Equal(1452, batch.Packets[0].Stride);
            Assert.Equal(0x88, batch.Packets[0].Tos);
            Assert.Equal(new EndpointAddress(Address(Addresses[family]), sender.Port), batch.Sources[0].Remote);
            Assert.Equal(Source(Addresses[family], 1), batch.Sources[0].Local);
            AssertSame(packets.Select(packet => packet.Item1), Cut(batch, 0));
        }
    }

    [NetworkFact]
    public void With_sending_or_receiving_of_runs_switched_off_each_datagram_arrives_alone()
    {
        using var home = new NetworkNamespace();
        using var batch = Batch();
        using var output = Output();
        foreach (var (sends, receives) in ((LinuxUdpSocketOptions, LinuxUdpSocketOptions)[])[(Plain, new()), (new(), Plain), (Plain, Plain)])
        {
            using var sender = Open(home, options: sends);
            using var receiver = Open(home, options: receives);
            Assert.Equal(new UdpOffloads(sends.Gso, sends.Gro), sender.Offloads);
            Put(output, [.. Enumerable.Range(0, 20).Select(index => (Packet.Pattern(1000, index), (byte)0))]);
            Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, 20, To("127.0.0.1", receiver.Port)));
            var taken = ReceiveSoon(receiver.Receivers[0], batch);
            Assert.All(Enumerable.Range(0, taken), index => Assert.Equal((1000, 0), (batch.Packets[index].Length, batch.Packets[index].Stride)));
            if (taken < 20) Take(receiver, batch, 20 - taken);
        }
    }

    [NetworkFact]
    public void The_longest_runs_and_datagrams_of_both_families_arrive()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        using var output = Output();
        foreach (var (address, longest) in ((string, int)[])[("127.0.0.1", 65_507), ("::1", 65_527)])
        {
            foreach (var (length, count) in ((int, int)[])[(longest, 3), (32_736, 4), (32_737, 4), (1023, 200), (1024, 200), (1, 200), (1452, 200), (1455, 46), (1456, 46)])
            {
                var packets = Enumerable.Range(0, count).Select(index => Packet.Pattern(length, index)).ToArray();
                Put(output, [.. packets.Select(packet => (packet, (byte)0))]);
                Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, count, To(address, receiver.Port)));
                AssertSame(packets, Take(receiver, batch, count));
            }
            Put(output, ([1], 0), (new byte[longest + 1], 0), ([2], 0));
            Assert.Equal(UdpSendResult.Failed, sender.Send(output, 0, 3, To(address, receiver.Port)));
            Assert.Equal([1, 2], Take(receiver, batch, 2).Select(datagram => (int)datagram.Payload[0]));
        }
        Assert.True(sender.Offloads.Gso);
    }

    [NetworkFact]
    public void Only_what_datagrams_reached_counts_as_used_and_nothing_beyond_is_touched()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        foreach (var (lengths, limit) in ((int[], int)[])[([148], 512), ([1452], 2048), ([100, 200, 300], 8 * 1024), ([60_000], 140_000), ([60_000], 61_000), ([32, 60_000], 130_000)])
        {
            new Span<byte>(batch.Memory, batch.CapacityInBytes).Fill(0xA5);
            batch.UsedBytes = 0;
            batch.Clear();
            foreach (var length in lengths) sender.Send(Packet.Pattern(length, length), To("127.0.0.1", receiver.Port), 0);
            Assert.Equal(lengths.Length, ReceiveSoon(receiver.Receivers[0], batch));
            Assert.Equal(lengths, Enumerable.Range(0, batch.Count).Select(index => batch.Packets[index].Length));
            Assert.InRange(batch.UsedBytes, lengths.Sum(), limit);
            var untouched = new Span<byte>(batch.Memory, batch.CapacityInBytes)[batch.UsedBytes..];
            Assert.Equal(-1, untouched.IndexOfAnyExcept((byte)0xA5));
        }
    }

    [NetworkFact]
    public void Nothing_is_allocated_once_a_thread_has_sent_and_received()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        using var output = Output();
        var packets = MixedRuns(new Random(3), gaps: 1);
        Put(output, packets, gap: 32);
        var to = To("127.0.0.1", receiver.Port, Source("127.0.0.1", 1));
        var from = receiver.Receivers[0];
        var (datagrams, least) = (0, long.MaxValue);
        for (var round = 0; round < 3; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var call = 0; call < 100; call++)
            {
                sender.Send(output, 0, packets.Count, to);
                sender.Send([1, 2, 3], to, 0);
                for (var received = 1; received > 0; datagrams += received)
                {
                    batch.Clear();
                    received = from.Receive(batch, mayWait: false);
                }
                from.Interrupt();
                from.Wait();
            }
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.True(datagrams > 600);
        Assert.Equal(0, least);
    }

    /// <summary>Runs of equal datagrams with a shorter one here and there, changes of TOS, empty ones, jumbo ones.</summary>
    private static List<(byte[] Payload, byte Tos)> MixedRuns(Random random, int gaps)
    {
        var packets = new List<(byte[], byte)>();
        for (var runs = 0; runs < 8; runs++)
        {
            var (length, tos) = (random.Next(5) == 0 ? random.Next(9000) : random.Next(1, 1500), (byte)(random.Next(3) * 0x22));
            var count = random.Next(6) switch { 0 => 1, 1 => 100, _ => random.Next(1, 60) };
            for (var index = 0; index < count; index++) packets.Add((Packet.Pattern(length, packets.Count + gaps), tos));
            if (random.Next(2) == 0) packets.Add((Packet.Pattern(random.Next(length + 2), packets.Count), tos));
        }
        return packets;
    }
}
