using PfsVpn.Interop;
using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Udp;
using static PfsVpn.Tests.Udp.LinuxUdpHarness;

namespace PfsVpn.Tests.Udp;

/// <summary>Sockets that are bound to an interface or to addresses, and another that takes the place of one on the same port.</summary>
public sealed class LinuxUdpBindingTests
{
    [NetworkFact]
    public void Bound_to_an_interface_it_sends_and_hears_by_that_one_only()
    {
        using var home = new NetworkNamespace();
        home.Ip("link add daemon0 type veth peer name daemon1");
        home.Ip("address add 10.1.0.1/24 dev daemon0");
        home.Ip("link set daemon0 up");
        using var other = Open(home, 51821);
        using var batch = Batch();
        using (var loopback = Bound(home, new UdpBinding(51820) { Device = "lo" }))
        {
            Assert.Equal(UdpSendResult.Sent, loopback.Send([1], To("127.0.0.1", 51821), 0));
            Assert.Equal([1], Assert.Single(Take(other, batch, 1)).Payload);
            Assert.Equal(UdpSendResult.Sent, other.Send([2], To("127.0.0.1", 51820), 0));
            Assert.Equal([2], Assert.Single(Take(loopback, batch, 1)).Payload);
            Assert.True(loopback.HoldsDevice());
        }
        using (var dummy = Bound(home, new UdpBinding(51820) { Device = "daemon0" }))
        {
            // What is sent to an address of this host arrives by lo.
            other.Send([3], To("127.0.0.1", 51820), 0);
            Assert.Equal(UdpSendResult.Sent, other.Send([4], To("127.0.0.1", 51821), 0));
            Assert.Equal([4], Assert.Single(Take(other, batch, 1)).Payload);
            Assert.Equal(0, ReceiveAny(dummy, batch));
            home.Ip("link del daemon0");
            Assert.False(home.Run(dummy.HoldsDevice));
            home.Ip("link add daemon0 type veth peer name daemon1");
            Assert.False(home.Run(dummy.HoldsDevice));
        }
        Assert.Equal(Libc.ENODEV, Assert.Throws<UdpBindException>(() => Bound(home, new UdpBinding(51820) { Device = "no-such-link" })).Errno);
    }

    [NetworkFact]
    public void Bound_to_addresses_it_has_a_socket_for_each_and_no_other()
    {
        using var home = new NetworkNamespace();
        home.Ip("address add 127.0.0.2/8 dev lo");
        using var other = Open(home, 51821);
        using var batch = Batch();
        using (var v4 = Bound(home, new UdpBinding(51820) { Addresses = new BindAddresses(Address("127.0.0.2"), default) }))
        {
            Assert.Equal((true, false), (v4.HasV4, v4.HasV6));
            v4.Send([1], To("127.0.0.1", 51821), 0);
            var arrived = Assert.Single(Take(other, batch, 1));
            Assert.Equal(Address("127.0.0.2"), arrived.Remote.Address);
        }
        using (var both = OpenSoon(home, new UdpBinding(51820) { Addresses = new BindAddresses(Address("127.0.0.2"), Address("::1")) })) Assert.Equal((true, true), (both.HasV4, both.HasV6));
        var missing = new UdpBinding(51820) { Addresses = new BindAddresses(Address("192.0.2.77"), Address("::1")) };
        var error = Assert.Throws<UdpBindException>(() => Bound(home, missing));
        Assert.Equal(Libc.EADDRNOTAVAIL, error.Errno);
        Assert.Contains("UDP port 51820 of 192.0.2.77,::1", error.Message, StringComparison.Ordinal);
    }

    [NetworkFact]
    public void Another_takes_the_place_of_one_on_the_same_port_and_a_stranger_never_does()
    {
        foreach (var receivers in (int[])[1, 4]) TakeThePlace(receivers);
    }

    private static void TakeThePlace(int receivers)
    {
        using var home = new NetworkNamespace();
        var options = new LinuxUdpSocketOptions { ReceiversPerFamily = receivers };
        using var batch = Batch();
        using var other = Open(home, 51821);
        var first = Open(home, 51820, options: options);
        var device = new UdpBinding(51820) { Device = "lo" };
        Assert.Throws<UdpBindException>(() => Bound(home, device, options));
        using var second = Bound(home, device, options, first);
        first.Dispose();
        other.Send([5], To("127.0.0.1", 51820), 0);
        Assert.Equal([5], Assert.Single(Take(second, batch, 1)).Payload);
        Assert.Throws<UdpBindException>(() => Open(home, 51820));
        // Where the new one cannot be had, the old one works on.
        Assert.Throws<UdpBindException>(() => Bound(home, device with { Device = "no-such-link" }, options, second));
        other.Send([6], To("127.0.0.1", 51820), 0);
        Assert.Equal([6], Assert.Single(Take(second, batch, 1)).Payload);
    }

    private static LinuxUdpSocket Bound(NetworkNamespace home, UdpBinding binding, LinuxUdpSocketOptions? options = null, IUdpSocket? beside = null) =>
        (LinuxUdpSocket)home.Run(() => new LinuxUdpSocketFactory(options).Open(binding, beside));

    private static LinuxUdpSocket OpenSoon(NetworkNamespace home, UdpBinding binding)
    {
        OpenAgain(home, binding.Port).Dispose();
        LinuxUdpSocket? socket = null;
        Assert.True(SpinWait.SpinUntil(() => TryOpen(home, binding, out socket), TimeSpan.FromSeconds(30)), "The port stayed taken.");
        return socket!;
    }

    private static bool TryOpen(NetworkNamespace home, UdpBinding binding, out LinuxUdpSocket? socket)
    {
        try
        {
            socket = Bound(home, binding);
            return true;
        }
        catch (UdpBindException)
        {
            socket = null;
            return false;
        }
    }
}
