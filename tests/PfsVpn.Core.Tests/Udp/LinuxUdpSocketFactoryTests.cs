using PfsVpn.Interop;
using PfsVpn.Tests.Tun;
using PfsVpn.Udp;
using static PfsVpn.Tests.Udp.LinuxUdpHarness;

namespace PfsVpn.Tests.Udp;

public sealed class LinuxUdpSocketFactoryTests
{
    [NetworkFact]
    public void Any_port_is_the_same_one_for_both_families()
    {
        using var home = new NetworkNamespace();
        using var socket = Open(home);
        Assert.True(socket.HasV4 && socket.HasV6);
        var table = home.Shell("ss -Hnlu");
        Assert.Contains($"0.0.0.0:{socket.Port} ", table, StringComparison.Ordinal);
        Assert.Contains($"[::]:{socket.Port} ", table, StringComparison.Ordinal);
    }

    [NetworkFact]
    public void Any_port_is_found_where_most_are_taken_for_one_family()
    {
        using var home = new NetworkNamespace();
        home.Run(() => File.WriteAllText("/proc/sys/net/ipv4/ip_local_port_range", "40000 40009"));
        var taken = new List<int>();
        for (ushort port = 40000; port < 40008; port++)
        {
            var bound = port;
            taken.Add(home.Run(() => LinuxUdpDescriptor.Open(Libc.AF_INET6, ref bound, 0)));
        }
        using (var socket = Open(home)) Assert.InRange(socket.Port, 40008, 40009);
        Assert.All(taken, descriptor => Assert.True(descriptor >= 0 && Libc.close(descriptor) == 0));
    }

    [NetworkFact]
    public void A_port_is_bound_exclusively()
    {
        using var home = new NetworkNamespace();
        using var first = Open(home, 51820);
        Assert.Equal(51820, first.Port);
        var error = Assert.Throws<UdpBindException>(() => Open(home, 51820));
        Assert.Equal(Libc.EADDRINUSE, error.Errno);
        Assert.Contains("51820", error.Message, StringComparison.Ordinal);
    }

    [NetworkFact]
    public void A_port_that_is_taken_for_one_family_is_refused_and_the_other_family_is_let_go()
    {
        using var home = new NetworkNamespace();
        foreach (var family in (int[])[Libc.AF_INET, Libc.AF_INET6])
        {
            ushort port = 51820;
            var taken = home.Run(() => LinuxUdpDescriptor.Open(family, ref port, 0));
            Assert.Equal(Libc.EADDRINUSE, Assert.Throws<UdpBindException>(() => Open(home, 51820)).Errno);
            Assert.Equal(0, Libc.close(taken));
            OpenAgain(home, 51820).Dispose();
        }
    }

    [NetworkFact]
    public void A_host_where_IPv6_is_off_works_with_IPv4_alone()
    {
        using var home = new NetworkNamespace();
        home.DisableV6();
        using var socket = Open(home, 51820);
        using var batch = Batch();
        Assert.Equal(UdpSendResult.NoRoute, socket.Send([1], To("::1", 51820), 0));
        Assert.Equal(UdpSendResult.NoRoute, socket.Send([1], To("2001:db8::1", 51820), 0));
        Assert.Equal(UdpSendResult.Sent, socket.Send([1], To("127.0.0.1", 51820), 0));
        Assert.Equal([1], Assert.Single(Take(socket, batch, 1)).Payload);
    }

    [NetworkFact]
    public void A_socket_with_one_family_only_says_that_the_other_has_no_route()
    {
        using var home = new NetworkNamespace();
        using var batch = Batch();
        foreach (var (family, address, other) in ((int, string, string)[])[(Libc.AF_INET, "127.0.0.1", "::1"), (Libc.AF_INET6, "::1", "127.0.0.1")])
        {
            ushort port = 0;
            var descriptor = home.Run(() => LinuxUdpDescriptor.Open(family, ref port, 0));
            var (v4, v6) = family == Libc.AF_INET ? (descriptor, -1) : (-1, descriptor);
            using var socket = new LinuxUdpSocket([v4], [v6], new LinuxUdpOffloads(gso: true, gro: true), port, 0);
            Assert.Equal(UdpSendResult.NoRoute, socket.Send([1], To(other, port), 0));
            Assert.Equal(UdpSendResult.Sent, socket.Send([1], To(address, port), 0));
            Assert.Equal([1], Assert.Single(Take(socket, batch, 1)).Payload);
            Assert.Equal(0, socket.SetMark(3));
        }
    }

    [NetworkFact]
    public unsafe void Buffers_of_7_MB_are_had_with_the_capability()
    {
        using var home = new NetworkNamespace();
        ushort port = 0;
        var descriptor = home.Run(() => LinuxUdpDescriptor.Open(Libc.AF_INET, ref port, 0));
        foreach (var option in (int[])[Libc.SO_RCVBUF, Libc.SO_SNDBUF])
        {
            int value;
            var length = (uint)sizeof(int);
            Assert.Equal(0, Libc.getsockopt(descriptor, Libc.SOL_SOCKET, option, &value, &length));
            Assert.Equal(2 * (7 << 20), value);
        }
        _ = Libc.close(descriptor);
    }
}
