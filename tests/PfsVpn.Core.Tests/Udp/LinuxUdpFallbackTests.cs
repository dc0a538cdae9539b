using PfsVpn.Interop;
using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Udp;
using static PfsVpn.Tests.Udp.LinuxUdpHarness;

namespace PfsVpn.Tests.Udp;

/// <summary>Runs that the kernel refuses: every datagram arrives once nevertheless.</summary>
public sealed unsafe class LinuxUdpFallbackTests
{
    private const int NoCheck = 11;

    [NetworkFact]
    public void Datagrams_longer_than_the_MTU_are_fragmented_and_shorter_ones_go_on_as_runs()
    {
        using var left = new NetworkNamespace();
        using var right = new NetworkNamespace();
        Connect(left, right, mtu: 1280);
        using var sender = Open(left);
        using var receiver = Open(right);
        using var batch = Batch();
        using var output = Output();
        foreach (var address in (string[])["10.1.0.2", "fd00::2"])
        {
            // A run that fits, one that does not, and again one that does; the last shows that a run was what arrived.
            int[] lengths = [.. Enumerable.Repeat(1000, 30), .. Enumerable.Repeat(1452, 30), 700, .. Enumerable.Repeat(1200, 40)];
            var packets = lengths.Select(Packet.Pattern).ToList();
            for (var round = 0; round < 3; round++)
            {
                Put(output, packets.Select(packet => (packet, (byte)0x88)), gap: 32 * round);
                Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, packets.Count, To(address, receiver.Port)));
                AssertSame(packets, Take(receiver, batch, packets.Count));
            }
            Assert.Equal(UdpSendResult.Sent, sender.Send(output, packets.Count - 40, 40, To(address, receiver.Port)));
            Assert.Equal(1, ReceiveSoon(receiver.Receivers[address.Contains(':', StringComparison.Ordinal) ? 1 : 0], batch));
            Assert.Equal(1200, batch.Packets[0].Stride);
        }
        Assert.True(sender.Offloads.Gso);
    }

    [NetworkFact]
    public void A_route_that_refused_runs_is_asked_again_after_a_while()
    {
        using var left = new NetworkNamespace();
        using var right = new NetworkNamespace();
        Connect(left, right, mtu: 1280);
        using var sender = Open(left);
        using var receiver = Open(right);
        using var batch = Batch();
        using var output = Output();
        Put(output, Enumerable.Repeat((new byte[1400], (byte)0), 10), gap: 0);
        var to = To("10.1.0.2", receiver.Port);
        Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, 10, to));
        Assert.False(AnyRunAmong(receiver, batch, 10));
        left.Ip("link set left0 mtu 1500");
        right.Ip("link set right0 mtu 1500");
        var areRuns = Enumerable.Range(0, 70).Select(_ => sender.Send(output, 0, 10, to) == UdpSendResult.Sent && AnyRunAmong(receiver, batch, 10)).ToList();
        Assert.False(areRuns[0]);
        Assert.True(areRuns[^1]);
    }

    [NetworkFact]
    public void A_way_out_that_cannot_checksum_ends_runs_for_good()
    {
        using var home = new NetworkNamespace();
        using var sender = Open(home);
        using var receiver = Open(home);
        using var batch = Batch();
        using var output = Output();
        var packets = Enumerable.Range(0, 45).Select(index => Packet.Pattern(1452, index)).ToArray();
        Put(output, packets.Select(packet => (packet, (byte)0)), gap: 0);

        // The run is one message, for sendmsg; its datagrams alone are many, for sendmmsg.
        home.Run(() =>
        {
            RefusedSystemCall.Refuse(RefusedSystemCall.SendMessage, Libc.EIO);
            Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, packets.Length, To("127.0.0.1", receiver.Port, Source("127.0.0.1", 1))));
        });
        AssertSame(packets, Take(receiver, batch, packets.Length));
        Assert.Equal(new UdpOffloads(Gso: false, Gro: true), sender.Offloads);
        Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, packets.Length, To("127.0.0.1", receiver.Port)));
        Assert.True(ReceiveSoon(receiver.Receivers[0], batch) > 1);
        Assert.Equal(0, batch.Packets[0].Stride);
    }

    [NetworkFact]
    public void A_device_without_checksum_offload_loses_nothing_and_doubles_nothing()
    {
        using var left = new NetworkNamespace();
        using var right = new NetworkNamespace();
        Connect(left, right, mtu: 1500);
        left.Shell("ethtool -K left0 tx off");
        using var sender = Open(left);
        using var receiver = Open(right);
        using var batch = Batch();
        using var output = Output();
        foreach (var address in (string[])["10.1.0.2", "fd00::2"])
        {
            var packets = Enumerable.Range(0, 100).Select(index => Packet.Pattern(1400, index)).ToArray();
            Put(output, packets.Select(packet => (packet, (byte)0)), gap: 0);
            for (var round = 0; round < 2; round++)
            {
                Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, packets.Length, To(address, receiver.Port)));
                AssertSame(packets, Take(receiver, batch, packets.Length));
            }
        }
    }

    [NetworkFact]
    public void Runs_refused_as_invalid_go_out_one_by_one_from_the_same_source()
    {
        using var home = new NetworkNamespace();
        ushort port = 0;
        var descriptor = home.Run(() => LinuxUdpDescriptor.Open(Libc.AF_INET, ref port, 0));
        using var sender = new LinuxUdpSocket([descriptor], [-1], new LinuxUdpOffloads(gso: true, gro: false), port, 0);
        using var receiver = Open(home);
        using var batch = Batch();
        using var output = Output();

        // Without checksums the kernel refuses to cut (EINVAL), as older ones do for other reasons.
        var one = 1;
        Assert.Equal(0, Libc.setsockopt(descriptor, Libc.SOL_SOCKET, NoCheck, &one, sizeof(int)));
        var packets = Enumerable.Range(0, 150).Select(index => Packet.Pattern(index < 70 ? 1000 : 600, index)).ToArray();
        Put(output, packets.Select(packet => (packet, (byte)2)), gap: 0);
        Assert.Equal(UdpSendResult.Sent, sender.Send(output, 0, packets.Length, To("127.0.0.1", receiver.Port, Source("127.0.0.7", 1))));
        var received = Take(receiver, batch, packets.Length);
        AssertSame(packets, received);
        Assert.All(received, datagram => Assert.Equal(Address("127.0.0.7"), datagram.Remote.Address));
        Assert.True(sender.Offloads.Gso);
    }

    [NetworkFact]
    public void A_run_whose_source_is_gone_is_sent_without_it()
    {
        using var left = new NetworkNamespace();
        using var right = new NetworkNamespace();
        Connect(left, right, mtu: 1500);
        using var sender = Open(left);
        using var receiver = Open(right);
        using var batch = Batch();
        using var output = Output();
        foreach (var (address, gone, present) in ((string, string, string)[])[("10.1.0.2", "10.1.0.77", "10.1.0.1"), ("fd00::2", "fd00::77", "fd00::1")])
        {
            var packets = Enumerable.Range(0, 300).Select(index => Packet.Pattern(index < 200 ? 1400 : 90, index)).ToArray();
            Put(output, packets.Select(packet => (packet, (byte)0)), gap: 0);
            var endpoint = To(address, receiver.Port, Source(gone, InterfaceIndex(left, "left0")));
            Assert.Equal(UdpSendResult.SentWithoutSource, sender.Send(output, 0, packets.Length, endpoint));
            var received = Take(receiver, batch, packets.Length);
            AssertSame(packets, received);
            Assert.All(received, datagram => Assert.Equal(Address(present), datagram.Remote.Address));
        }
        Assert.True(sender.Offloads.Gso);
    }

    private static bool AnyRunAmong(LinuxUdpSocket receiver, PacketBatch batch, int datagrams)
    {
        var anyRun = false;
        for (var received = 0; received < datagrams;)
        {
            ReceiveSoon(receiver.Receivers[0], batch);
            for (var index = 0; index < batch.Count; index++)
            {
                received += Cut(batch, index).Count;
                anyRun |= batch.Packets[index].Stride > 0;
            }
        }
        return anyRun;
    }

    private static void Connect(NetworkNamespace left, NetworkNamespace right, int mtu)
    {
        left.Join(right, "left0", "right0");
        left.Ip($"link set left0 mtu {mtu}");
        right.Ip($"link set right0 mtu {mtu}");
        left.Ip("address add 10.1.0.1/24 dev left0");
        left.Ip("address add fd00::1/64 dev left0 nodad");
        right.Ip("address add 10.1.0.2/24 dev right0");
        right.Ip("address add fd00::2/64 dev right0 nodad");
    }
}
