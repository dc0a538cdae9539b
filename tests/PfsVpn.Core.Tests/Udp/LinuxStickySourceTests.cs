using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Udp;
using static PfsVpn.Tests.Udp.LinuxUdpHarness;

namespace PfsVpn.Tests.Udp;

/// <summary>Two hosts, the right one with several addresses.</summary>
public sealed class LinuxStickySourceTests
{
    private static readonly string[] V4 = ["10.1.0.1", "10.1.0.2", "10.1.0.3"];
    private static readonly string[] V6 = ["fd00::1", "fd00::2", "fd00::3"];

    [NetworkFact]
    public void An_answer_leaves_from_the_address_that_was_written_to()
    {
        using var left = new NetworkNamespace();
        using var right = Right(left);
        using var client = Open(left);
        using var server = Open(right);
        using var batch = Batch();
        foreach (var address in (string[])[.. V4, .. V6])
        {
            client.Send([1], To(address, server.Port), 0);
            var asked = Assert.Single(Take(server, batch, 1));
            Assert.Equal(Source(address, InterfaceIndex(right, "right0")), asked.Local);
            var endpoint = new Endpoint(asked.Remote, asked.Local);
            Assert.True(server.IsSourceValid(endpoint));
            Assert.Equal(UdpSendResult.Sent, server.Send([2], endpoint, 0x88));
            Assert.Equal(new EndpointAddress(Address(address), server.Port), Assert.Single(Take(client, batch, 1)).Remote);
        }
    }

    [NetworkFact]
    public void A_source_that_is_gone_is_let_go_of_and_everything_is_sent_nevertheless()
    {
        using var left = new NetworkNamespace();
        using var right = Right(left);
        using var client = Open(left);
        using var server = Open(right);
        using var batch = Batch();
        using var output = Batch();
        var index = InterfaceIndex(right, "right0");
        foreach (var (peer, gone, next) in ((string, string, string)[])[("10.1.0.9", V4[1], V4[0]), ("fd00::9", V6[1], "")])
        {
            right.Ip($"address del {gone}/{(peer.Contains(':', StringComparison.Ordinal) ? 64 : 24)} dev right0");
            var endpoint = To(peer, client.Port, Source(gone, index));
            Assert.False(server.IsSourceValid(endpoint));
            Put(output, ([1], 0), ([2], 0x88), ([3], 0));
            Assert.Equal(UdpSendResult.SentWithoutSource, server.Send(output, 0, 3, endpoint));
            var received = Take(client, batch, 3);
            Assert.Equal([1, 2, 3], received.Select(datagram => (int)datagram.Payload[0]));
            Assert.Equal([0, 0x88, 0], received.Select(datagram => (int)datagram.Tos));
            if (next.Length > 0) Assert.All(received, datagram => Assert.Equal(Address(next), datagram.Remote.Address));
            Assert.Equal(UdpSendResult.Sent, server.Send([4], endpoint.WithoutSource(), 0));
            Take(client, batch, 1);
            Assert.True(server.IsSourceValid(endpoint.WithoutSource()));
        }
    }

    [NetworkFact]
    public void A_source_does_not_hold_once_the_route_leaves_by_another_interface()
    {
        using var left = new NetworkNamespace();
        using var right = Right(left);
        using var server = Open(right);
        right.Join(left, "right1", "left1");
        right.Ip("address add 10.2.0.1/24 dev right1");
        right.Ip("address add fd02::1/64 dev right1 nodad");
        right.Ip("route add 192.0.2.0/24 via 10.1.0.9");
        right.Ip("-6 route add 2001:db8::/64 via fd00::9");
        var first = InterfaceIndex(right, "right0");
        var v4 = To("192.0.2.1", 51820, Source(V4[0], first));
        var v6 = To("2001:db8::1", 51820, Source(V6[0], first));
        Assert.True(server.IsSourceValid(v4));
        Assert.True(server.IsSourceValid(v6));
        right.Ip("route replace 192.0.2.0/24 via 10.2.0.9");
        right.Ip("-6 route replace 2001:db8::/64 via fd02::9");
        Assert.False(server.IsSourceValid(v4));
        Assert.False(server.IsSourceValid(v6));
    }

    [NetworkFact]
    public void The_mark_counts_when_the_route_is_asked_for()
    {
        using var left = new NetworkNamespace();
        using var right = Right(left);
        using var server = Open(right, 0, 7);
        right.Join(left, "right1", "left1");
        right.Ip("address add 10.2.0.1/24 dev right1");
        right.Ip("address add fd02::1/64 dev right1 nodad");
        right.Ip("route add 192.0.2.0/24 via 10.1.0.9");
        right.Ip("route add 192.0.2.0/24 via 10.2.0.9 table 77");
        right.Ip("rule add fwmark 7 table 77");
        right.Ip("-6 route add 2001:db8::/64 via fd00::9");
        right.Ip("-6 route add 2001:db8::/64 via fd02::9 table 77");
        right.Ip("-6 rule add fwmark 7 table 77");
        var second = InterfaceIndex(right, "right1");
        Endpoint[] endpoints = [To("192.0.2.1", 51820, Source("10.2.0.1", second)), To("2001:db8::1", 51820, Source("fd02::1", second))];
        Assert.All(endpoints, endpoint => Assert.True(server.IsSourceValid(endpoint)));
        server.SetMark(0);
        Assert.All(endpoints, endpoint => Assert.False(server.IsSourceValid(endpoint)));
    }

    [NetworkFact]
    public void A_source_stays_while_there_is_no_route_at_all_and_for_traffic_within_the_host()
    {
        using var left = new NetworkNamespace();
        using var right = Right(left);
        using var client = Open(right);
        using var server = Open(right);
        using var batch = Batch();
        Assert.True(server.IsSourceValid(To("192.0.2.1", 51820, Source(V4[0], InterfaceIndex(right, "right0")))));
        foreach (var address in (string[])["127.0.0.1", "127.0.0.7", "::1", .. V4, .. V6])
        {
            Assert.Equal(UdpSendResult.Sent, client.Send([1], To(address, server.Port), 0));
            var asked = Assert.Single(Take(server, batch, 1));
            var endpoint = new Endpoint(asked.Remote, asked.Local);
            Assert.True(server.IsSourceValid(endpoint));
            Assert.Equal(UdpSendResult.Sent, server.Send([2], endpoint, 0));
            Assert.Equal(Address(address), Assert.Single(Take(client, batch, 1)).Remote.Address);
        }
    }

    private static NetworkNamespace Right(NetworkNamespace left)
    {
        var right = new NetworkNamespace();
        left.Join(right, "left0", "right0");
        left.Ip("address add 10.1.0.9/24 dev left0");
        left.Ip("address add fd00::9/64 dev left0 nodad");
        foreach (var address in V4) right.Ip($"address add {address}/24 dev right0");
        foreach (var address in V6) right.Ip($"address add {address}/64 dev right0 nodad");
        right.Shell("sysctl -qw net.ipv4.conf.right0.promote_secondaries=1");
        return right;
    }
}
