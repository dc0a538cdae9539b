using System.Net;
using System.Net.Sockets;
using PfsVpn.Interop;
using PfsVpn.Packets;
using PfsVpn.Tun;
using Xunit.Abstractions;

namespace PfsVpn.Tests.Tun;

/// <summary>TCP and UDP of the system through two TUNs, with offloads and without.</summary>
public sealed unsafe class TunOffloadTests(ITestOutputHelper output)
{
    private const int UdpSegment = 103;
    private const int Bulk = 16 * 1024 * 1024, Short = 2 * 1024 * 1024;

    [NetworkFact]
    public void A_bulk_transfer_is_read_in_super_packets_of_one_send_and_written_in_super_packets()
    {
        foreach (var to in (string[])[TunRelay.Right4, TunRelay.Right6])
        {
            using var relay = new TunRelay(TunOffloadOptions.All);
            Assert.Equal((true, true, true), (relay.Left.Offloads.VirtioHeaders, relay.Left.Offloads.Tso, relay.Left.Offloads.TcpGro));
            relay.Transfer(to, Bulk);
            output.WriteLine($"{to}: {relay.Carried} packets, at most {relay.MostSegments} of one super-packet, {relay.Received()} writes");
            Assert.Equal(LinuxGsoLimit.SegmentsOf(TunRelay.Mtu), relay.MostSegments);
            Assert.True(relay.Received() * 4 < relay.Carried);
            Assert.Equal(0, relay.Refused);
        }
    }

    [NetworkFact]
    public void Each_offload_can_be_switched_off()
    {
        foreach (var (tso, uso, gro) in ((bool, bool, bool)[])[(false, false, false), (true, false, false), (false, false, true), (true, false, true), (true, true, false), (false, true, true)])
        {
            using var relay = new TunRelay(new TunOffloadOptions { Tso = tso, Uso = uso, Gro = gro });
            var inForce = relay.Left.Offloads;
            Assert.Equal((tso || gro, tso, tso && uso, gro, tso && uso && gro), (inForce.VirtioHeaders, inForce.Tso, inForce.Uso, inForce.TcpGro, inForce.UdpGro));
            relay.Transfer(TunRelay.Right4, Short, 7001);
            relay.Transfer(TunRelay.Right6, Short, 7002);
            Assert.Equal(tso, relay.MostSegments > 1);
            var carried = relay.Carried;
            if (!gro) Assert.True(relay.Received() >= carried);
            Assert.Equal(0, relay.Refused);
        }
    }

    [NetworkFact]
    public void Datagrams_sent_as_one_are_cut_carried_and_handed_over_each_for_itself()
    {
        foreach (var (from, to) in ((string, string)[])[(TunRelay.Left4, TunRelay.Right4), (TunRelay.Left6, TunRelay.Right6)])
        {
            using var relay = new TunRelay(TunOffloadOptions.All);
            if (!relay.Left.Offloads.Uso) return;
            using var receiver = relay.RightSpace.Run(() => Bound(to, 7000));
            using var sender = relay.LeftSpace.Run(() => Bound(from, 0));
            sender.SetRawSocketOption(Libc.IPPROTO_UDP, UdpSegment, BitConverter.GetBytes(1000));
            var before = relay.Received();
            var bytes = Packet.Pattern((39 * 1000) + 123, 1);
            sender.SendTo(bytes, new IPEndPoint(IPAddress.Parse(to), 7000));
            var buffer = new byte[2000];
            for (var index = 0; index < 40; index++)
            {
                var length = receiver.Receive(buffer);
                Assert.True(bytes.AsSpan(index * 1000, index == 39 ? 123 : 1000).SequenceEqual(buffer.AsSpan(0, length)), $"Datagram {index} differs.");
            }
            Assert.Equal(40, relay.MostSegments);
            Assert.InRange(relay.Received() - before, 1, 20);
        }
    }

    [NetworkFact]
    public void A_descriptor_with_headers_is_taken_over_and_offloads_set_on_it()
    {
        foreach (var headers in (bool[])[true, false])
        {
            using var relay = new TunRelay(Adopter(headers), Adopter(headers));
            Assert.Equal((headers, headers, headers), (relay.Left.Offloads.VirtioHeaders, relay.Left.Offloads.Tso, relay.Left.Offloads.TcpGro));
            relay.Transfer(TunRelay.Right4, Short, 7001);
            relay.Transfer(TunRelay.Right6, Short, 7002);
            Assert.Equal(headers, relay.MostSegments > 1);
        }
    }

    [NetworkFact]
    public void A_descriptor_whose_headers_were_longer_is_taken_over_without_offloads_too()
    {
        using var relay = new TunRelay(Adopter(true, 12, TunOffloadOptions.None), Adopter(true, 12, new TunOffloadOptions { Tso = false }));
        Assert.Equal(new TunOffloads(true, false, false, false, false, 1), relay.Left.Offloads);
        Assert.Equal(new TunOffloads(true, false, false, true, false, 1), relay.Right.Offloads);
        relay.Transfer(TunRelay.Right4, Short);
        Assert.Equal(1, relay.MostSegments);
    }

    [NetworkFact]
    public void The_length_of_super_packets_follows_the_MTU_and_stays_what_it_was_in_another_namespace()
    {
        using var home = new NetworkNamespace();
        using var away = new NetworkNamespace();
        using var tunnel = new Tunnel(home);
        tunnel.Start("mtu 1420", "down");
        Assert.Contains($"gso_max_size {LinuxGsoLimit.V6(1420)} ", home.Ip("-d link show wgtest0"), StringComparison.Ordinal);
        home.Ip("link set wgtest0 mtu 1300");
        tunnel.Events.Expect("mtu 1300");
        Assert.Contains($"gso_max_size {LinuxGsoLimit.V6(1300)} ", home.Ip("-d link show wgtest0"), StringComparison.Ordinal);
        home.Ip($"link set wgtest0 netns {away.Name}");
        tunnel.Events.Expect("moved");
        // Nobody can be asked to set it there without entering; and it must not happen to an interface of the same name at home.
        home.Ip("tuntap add dev wgtest0 mode tun");
        away.Ip("link set wgtest0 mtu 1280");
        tunnel.Events.Expect("mtu 1280");
        Assert.Contains($"gso_max_size {LinuxGsoLimit.V6(1300)} ", away.Ip("-d link show wgtest0"), StringComparison.Ordinal);
        Assert.DoesNotContain($"gso_max_size {LinuxGsoLimit.V6(1280)} ", home.Ip("-d link show wgtest0"), StringComparison.Ordinal);
    }

    [NetworkFact]
    public void A_kernel_that_refuses_super_packets_gets_single_ones_from_then_on()
    {
        using var home = new NetworkNamespace();
        using var tun = home.Run(() => LinuxTunDevice.Create("tunoff0", 1420, null, 2));
        home.Ip("link set tunoff0 up");
        using var batch = new PacketBatch(LinuxTunDevice.RoomForOnePacket, 64);
        using var writer = tun.OpenWriter();
        var super = new PlainSuperPacket { Data = new byte[5000], SegmentSize = 1000 };
        Fill(batch, super);
        Assert.Equal(5, writer.Write(batch));
        Fill(batch, super);
        home.Ip("link set tunoff0 down");
        Assert.Equal(0, writer.Write(batch));
        home.Ip("link set tunoff0 up");
        Assert.True(tun.Offloads.TcpGro);

        // A device that believes in headers where the kernel knows of none: it takes them for packets, and refuses them.
        using var refusing = new LinuxTunDevice([home.Run(() => LinuxTunSetup.Open("tunoff1", false, false, out _))], new LinuxTunMode(true, true, true, true), "tunoff1", 1420);
        home.Ip("link set tunoff1 up");
        using var refused = refusing.OpenWriter();
        for (var round = 0; round < 3; round++)
        {
            Assert.True(refusing.Offloads.TcpGro);
            Fill(batch, super);
            Assert.Equal(0, refused.Write(batch));
            for (var index = 0; index < 5; index++)
                Assert.True(super.Segments()[index].AsSpan().SequenceEqual(new ReadOnlySpan<byte>(batch.Memory + batch.Output[index].Offset, batch.Output[index].Length)));
        }
        Assert.Equal((false, true), (refusing.Offloads.TcpGro, refusing.Offloads.UdpGro));
        Assert.True(tun.Offloads.TcpGro);
    }

    [Fact]
    public void The_limits_leave_room_for_the_segments_of_one_send_and_not_for_one_more()
    {
        for (var mtu = 576; mtu <= 9000; mtu++)
        {
            var segments = LinuxGsoLimit.SegmentsOf(mtu);
            Assert.True(segments <= 64 && segments * (mtu + 32) <= 65_507);
            foreach (var (limit, headers) in ((uint, int)[])[(LinuxGsoLimit.V4(mtu), 40), (LinuxGsoLimit.V6(mtu), 60)])
            {
                if (limit == LinuxGsoLimit.Default) continue;
                Assert.True(limit - 449 >= segments * (mtu - headers));
                if (mtu >= 1280) Assert.True(limit - 161 < (segments + 1) * (mtu - headers - 12));
            }
        }
    }

    private static Func<NetworkNamespace, string, LinuxTunDevice> Adopter(bool headers, int headerSize = 10, TunOffloadOptions? offloads = null) => (space, name) => space.Run(() =>
    {
        var descriptor = LinuxTunSetup.Open(name, headers, false, out _);
        if (headers) Assert.Equal(0, SetHeaderSize(descriptor, headerSize));
        space.Ip($"link set {name} mtu {TunRelay.Mtu}");
        var device = LinuxTunDevice.FromDescriptor(descriptor, offloads);
        Assert.Equal(TunRelay.Mtu, device.Mtu);
        return device;
    });

    private static void Fill(PacketBatch batch, PlainSuperPacket super)
    {
        batch.Clear();
        var offset = PacketBatch.HeaderRoom;
        foreach (var packet in super.Segments())
        {
            packet.CopyTo(new Span<byte>(batch.Memory + offset, packet.Length));
            Assert.True(batch.TryAddOutput(offset, packet.Length));
            offset += packet.Length + 32;
        }
    }

    private static int SetHeaderSize(int descriptor, int size) => Libc.ioctl(descriptor, Libc.TUNSETVNETHDRSZ, &size);

    private static Socket Bound(string address, int port)
    {
        var parsed = IPAddress.Parse(address);
        var socket = new Socket(parsed.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 30_000 };
        socket.Bind(new IPEndPoint(parsed, port));
        return socket;
    }
}
