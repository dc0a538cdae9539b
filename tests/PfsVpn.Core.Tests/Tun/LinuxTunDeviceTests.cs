using System.Net;
using System.Net.Sockets;
using System.Text;
using PfsVpn.Interop;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

public sealed unsafe class LinuxTunDeviceTests
{
    private const int Capacity = LinuxTunDevice.RoomForOnePacket + (64 * 1600);

    [NetworkFact]
    public void A_new_interface_has_the_name_and_the_MTU_asked_for()
    {
        using var home = new NetworkNamespace();
        using var tun = home.Run(() => LinuxTunDevice.Create("wgtest0"));
        Assert.Equal("wgtest0", tun.Name);
        Assert.Equal(1420, tun.Mtu);
        Assert.Contains("mtu 1420", home.Ip("link show wgtest0"), StringComparison.Ordinal);
        using var other = home.Run(() => LinuxTunDevice.Create("wgtest%d", 1280));
        Assert.Equal("wgtest1", other.Name);
        Assert.Equal(1280, other.Mtu);
    }

    [NetworkFact]
    public void A_name_that_cannot_be_had_is_refused_with_a_reason()
    {
        using var home = new NetworkNamespace();
        home.Ip("link add other0 type veth peer name other1");
        using var first = home.Run(() => LinuxTunDevice.Create("wgtest0"));
        Assert.Equal((Libc.EBUSY, true), Refusal(home, "wgtest0", "in use by another program"));
        Assert.Equal((Libc.EINVAL, true), Refusal(home, "other0", "not a TUN device"));
        Assert.Equal((Libc.ENAMETOOLONG, true), Refusal(home, "a234567890123456", "1 to 15 bytes and has 16"));
        foreach (var name in (string[])["", ".", "..", "a/b", "a b", "a%sb", "%d%d", "a:b"])
            Assert.Equal((Libc.EINVAL, true), Refusal(home, name, "no interface name"));
    }

    [NetworkFact]
    public void An_impossible_MTU_is_refused_and_leaves_no_interface_behind()
    {
        using var home = new NetworkNamespace();
        var error = Assert.Throws<TunException>(() => home.Run(() => LinuxTunDevice.Create("wgtest0", 70_000)));
        Assert.Equal(Libc.EINVAL, error.Errno);
        Assert.DoesNotContain("wgtest0", home.Ip("link show"), StringComparison.Ordinal);
    }

    [NetworkFact]
    public void Packets_are_read_in_order_each_with_room_before_and_behind()
    {
        using var home = Home(out var tun);
        using var batch = new PacketBatch(Capacity, 64);
        int[] lengths = [0, 1, 15, 16, 17, 100, 1391, 1392];
        Send(home, lengths);
        Assert.Equal(lengths.Length, tun.Read(batch));
        var next = PacketBatch.HeaderRoom;
        for (var index = 0; index < lengths.Length; index++)
        {
            var extent = batch.Packets[index];
            Assert.Equal(Packet.HeaderLength + lengths[index], extent.Length);
            Assert.Equal(next, extent.Offset);
            Assert.Equal((0, 0), (extent.Stride, extent.ContinuesFlow));
            next = WireLayout.Next(extent.Offset, extent.Length, 1420);
            Assert.Equal(Packet.Pattern(lengths[index], index), batch.Packet(index)[Packet.HeaderLength..].ToArray());
        }
        Assert.True(batch.UsedBytes >= next - PacketBatch.HeaderRoom && batch.UsedBytes <= batch.CapacityInBytes);
        batch.Clear();
        Assert.Equal(0, tun.Read(batch));
        tun.Dispose();
    }

    [NetworkFact]
    public void A_full_batch_leaves_the_rest_for_the_next_one()
    {
        using var home = Home(out var tun);
        Send(home, [10, 20, 30, 40, 50]);
        using var batch = new PacketBatch(Capacity, 2);
        var lengths = new List<int>();
        while (tun.Read(batch) > 0)
        {
            Assert.True(batch.Count <= 2);
            for (var index = 0; index < batch.Count; index++) lengths.Add(batch.Packets[index].Length - Packet.HeaderLength);
            batch.Clear();
        }
        Assert.Equal([10, 20, 30, 40, 50], lengths);
        tun.Dispose();
    }

    [NetworkFact]
    public void The_longest_packets_are_never_truncated_although_the_MTU_was_raised_meanwhile()
    {
        using var home = Home(out var tun);
        home.Ip("link set wgtest0 mtu 65535");
        Send(home, [65_507, 1, 65_507]);
        using var batch = new PacketBatch(2 * LinuxTunDevice.RoomForOnePacket, 64);
        Assert.Equal(1, tun.Read(batch));
        Assert.Equal(65_535, batch.Packets[0].Length);
        Assert.Equal(Packet.Pattern(65_507, 0), batch.Packet(0)[Packet.HeaderLength..].ToArray());
        Assert.False(tun.Queues[0].IsDrained);
        batch.Clear();
        Assert.Equal(2, tun.Read(batch));
        Assert.Equal(Packet.HeaderLength + 1, batch.Packets[0].Length);
        Assert.Equal(65_535, batch.Packets[1].Length);
        tun.Dispose();
    }

    [NetworkFact]
    public void Packets_that_are_written_arrive_and_those_of_no_use_are_not_counted()
    {
        using var home = Home(out var tun);
        using var receiver = home.Run(() => Bound("10.9.0.1", 7000));
        using var batch = new PacketBatch(Capacity, 8);
        Put(batch, Packet.Udp("10.9.0.2", "10.9.0.1", 7000, "one"u8));
        Put(batch, [0x00, 0x01, 0x02]);
        Put(batch, Packet.Udp("10.9.0.2", "10.9.0.1", 7000, "two"u8));
        Assert.Equal(2, tun.Write(batch));
        Assert.Equal("one", ReceiveText(receiver));
        Assert.Equal("two", ReceiveText(receiver));

        home.Ip("link set wgtest0 down");
        Assert.Equal(0, tun.Write(batch));
        tun.Dispose();
        Assert.Equal(0, tun.Write(batch));
    }

    [NetworkFact]
    public void A_wait_ends_with_a_packet_with_an_interrupt_and_with_the_deletion()
    {
        using var home = Home(out var tun);
        using var batch = new PacketBatch(Capacity, 8);
        tun.Interrupt();
        tun.Interrupt();
        Assert.Equal(WaitResult.Interrupted, tun.Wait());
        Send(home, [1]);
        Assert.Equal(WaitResult.Readable, tun.Wait());
        Assert.Equal(1, tun.Read(batch));

        var waiting = Task.Factory.StartNew(() => tun.Wait(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        home.Ip("link del wgtest0");
        Assert.Equal(WaitResult.Closed, waiting.GetAwaiter().GetResult());
        batch.Clear();
        Assert.Equal(-1, tun.Read(batch));
        Assert.True(tun.IsGone);
        tun.Dispose();
    }

    [NetworkFact]
    public void Disposing_ends_a_wait_and_the_interface()
    {
        using var home = Home(out var tun);
        var waiting = Task.Factory.StartNew(() => tun.Wait(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        tun.Dispose();
        Assert.Equal(WaitResult.Closed, waiting.GetAwaiter().GetResult());
        Assert.DoesNotContain("wgtest0", home.Ip("link show"), StringComparison.Ordinal);
        Assert.Equal(WaitResult.Closed, tun.Wait());
        tun.Interrupt();
        tun.Dispose();
    }

    [NetworkFact]
    public void A_descriptor_is_taken_over_wherever_its_interface_is()
    {
        using var home = new NetworkNamespace();
        using var away = new NetworkNamespace();
        var here = home.Run(() => LinuxTunSetup.Open("wgtest0", false, false, out _));
        var there = home.Run(() => LinuxTunSetup.Open("wgtest1", false, false, out _));
        _ = Libc.fcntl(here, Libc.F_SETFL, 0);
        home.Ip("link set wgtest0 mtu 1300");
        home.Ip("link set wgtest1 mtu 1350");
        home.Ip($"link set wgtest1 netns {away.Name}");
        using var first = home.Run(() => LinuxTunDevice.FromDescriptor(here));
        using var second = home.Run(() => LinuxTunDevice.FromDescriptor(there));
        Assert.Equal(("wgtest0", 1300), (first.Name, first.Mtu));
        Assert.Equal(("wgtest1", 1350), (second.Name, second.Mtu));
        using var batch = new PacketBatch(Capacity, 8);
        home.Ip("link set wgtest0 up");
        while (first.Read(batch) > 0) batch.Clear();
    }

    [NetworkFact]
    public void A_descriptor_of_another_kind_is_refused_with_a_reason()
    {
        using var home = new NetworkNamespace();
        Assert.Contains("is not a TUN device", Refusal(1), StringComparison.Ordinal);
        fixed (byte* path = "/dev/net/tun\0"u8)
        {
            var descriptor = Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC);
            Assert.Contains("belongs to no interface", Refusal(descriptor), StringComparison.Ordinal);
            _ = Libc.close(descriptor);
        }
        var tap = home.Run(() => OpenWith(Libc.IFF_TAP | Libc.IFF_NO_PI));
        Assert.Contains("TAP", Refusal(tap), StringComparison.Ordinal);
        _ = Libc.close(tap);
    }

    private static string Refusal(int descriptor) => Assert.Throws<TunException>(() => LinuxTunDevice.FromDescriptor(descriptor)).Message;

    private static int OpenWith(int flags)
    {
        int descriptor;
        fixed (byte* path = "/dev/net/tun\0"u8) descriptor = Libc.open(path, Libc.O_RDWR | Libc.O_CLOEXEC);
        var request = new Libc.ifreq { ifr_flags = (short)flags };
        Assert.Equal(0, Libc.ioctl(descriptor, Libc.TUNSETIFF, &request));
        return descriptor;
    }

    private static (int Errno, bool Says) Refusal(NetworkNamespace home, string name, string reason)
    {
        var error = Assert.Throws<TunException>(() => home.Run(() => LinuxTunDevice.Create(name)));
        return (error.Errno, error.Message.Contains(reason, StringComparison.Ordinal));
    }

    /// <summary>A namespace with a TUN that is up at 10.9.0.1/24.</summary>
    private static NetworkNamespace Home(out LinuxTunDevice tun)
    {
        var home = new NetworkNamespace();
        home.DisableV6();
        tun = home.Run(() => LinuxTunDevice.Create("wgtest0"));
        home.Ip("address add 10.9.0.1/24 dev wgtest0");
        home.Ip("link set wgtest0 up");
        return home;
    }

    private static void Send(NetworkNamespace home, int[] lengths) => home.Run(() =>
    {
        using var socket = Bound("10.9.0.1", 0);
        for (var index = 0; index < lengths.Length; index++)
            socket.SendTo(Packet.Pattern(lengths[index], index), new IPEndPoint(IPAddress.Parse("10.9.0.2"), 9));
    });

    private static Socket Bound(string address, int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        return socket;
    }

    private static string ReceiveText(Socket socket)
    {
        var buffer = new byte[2048];
        return Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    }

    private static void Put(PacketBatch batch, ReadOnlySpan<byte> packet)
    {
        var offset = 16 + (batch.OutputCount * 2048);
        packet.CopyTo(new Span<byte>(batch.Memory + offset, packet.Length));
        Assert.True(batch.TryAddOutput(offset, packet.Length));
    }
}
