using System.Buffers.Binary;
using PfsVpn.Configuration;
using PfsVpn.Device;
using PfsVpn.Routing;
using PfsVpn.TestSupport;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Simulation;

public sealed class RoutingSimulationTests
{
    [Fact]
    public void A_packet_without_a_peer_gets_an_icmp_host_unreachable_from_its_own_destination()
    {
        using var pair = new Pair();
        pair.Alice.SendInner(TestPackets.Ip("10.0.0.1", "203.0.113.1"));
        var answer = Assert.Single(pair.Alice.Delivered);
        Assert.Equal("203.0.113.1 10.0.0.1 3/1", $"{Address(answer, 12)} {Address(answer, 16)} {answer[20]}/{answer[21]}");
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.NoPeer]);
    }

    [Fact]
    public void A_packet_without_a_peer_gets_an_icmpv6_address_unreachable()
    {
        using var pair = new Pair();
        pair.Alice.SendInner(TestPackets.Ip("fd00::1", "2001:db8::5"));
        var answer = Assert.Single(pair.Alice.Delivered);
        Assert.Equal(TestPackets.Ip("2001:db8::5", "fd00::1").AsSpan(8, 32), answer.AsSpan(8, 32));
        Assert.Equal("1/3", $"{answer[40]}/{answer[41]}");
    }

    [Fact]
    public void A_peer_without_an_endpoint_is_unreachable_too_and_the_log_says_what_to_do()
    {
        using var pair = new Pair(bobKnowsAlicesEndpoint: false);
        for (var i = 0; i < 10; i++)
        {
            pair.BobSends();
            pair.Network.Run(1);
        }
        Assert.Equal(10, pair.Bob.Delivered.Count);
        Assert.Equal("10.0.0.1 10.0.0.2 3/1", $"{Address(pair.Bob.Delivered[0], 12)} {Address(pair.Bob.Delivered[0], 16)} {pair.Bob.Delivered[0][20]}/{pair.Bob.Delivered[0][21]}");
        Assert.Equal(10, pair.Bob.Device.Drops[DropReason.NoEndpoint]);
        Assert.Equal(1, pair.Bob.Log.Count("no endpoint is known: set one"));
        Assert.Empty(pair.Network.Sent);
        pair.Bob.Delivered.Clear();
        pair.AliceSends();
        pair.Network.Run(0.1);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Unreachables_are_rate_limited()
    {
        using var pair = new Pair();
        for (var i = 0; i < 20; i++) pair.Alice.SendInner([.. Enumerable.Repeat(TestPackets.Ip("10.0.0.1", "203.0.113.1"), 10)]);
        Assert.Equal(UnreachableLimiter.Burst, pair.Alice.Delivered.Count);
        Assert.Equal(200, pair.Alice.Device.Drops[DropReason.NoPeer]);
        pair.Network.Run(0.1);
        pair.Alice.SendInner([.. Enumerable.Repeat(TestPackets.Ip("10.0.0.1", "203.0.113.1"), 20)]);
        Assert.Equal(UnreachableLimiter.Burst + (UnreachableLimiter.PerSecond / 10), pair.Alice.Delivered.Count);
    }

    [Fact]
    public void A_host_that_cannot_send_says_so_once_a_minute()
    {
        using var pair = new Pair();
        pair.Alice.SendResult = UdpSendResult.NoRoute;
        pair.AliceSends();
        pair.Network.Run(50);
        Assert.Equal(1, pair.Alice.Log.Count("does not send to 192.0.2.2:51820: no route to it"));
        Assert.True(pair.Alice.Device.Drops[DropReason.SendFailed] > 8);
        Assert.Equal(0ul, pair.BobAtAlice.Statistics.Sent);
        pair.Alice.SendResult = UdpSendResult.Sent;
        pair.Network.Run(6);
        Assert.Single(pair.Bob.Delivered);
    }

    [Fact]
    public void Data_that_the_system_does_not_take_is_counted()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.SendResult = UdpSendResult.Failed;
        var sent = pair.BobAtAlice.Statistics.Sent;
        pair.Alice.SendInner(Pair.PacketToBob(), Pair.PacketToBob());
        Assert.Equal(2, pair.Alice.Device.Drops[DropReason.SendFailed]);
        Assert.Equal(sent, pair.BobAtAlice.Statistics.Sent);
    }

    [Fact]
    public void Allowed_ips_move_between_peers_while_traffic_flows()
    {
        using var pair = new Pair();
        var carol = AddCarol(pair);
        pair.Connect();
        for (var round = 0; round < 10; round++)
        {
            var owner = round % 2 == 0 ? pair.Bob : carol;
            pair.Alice.Change(owner, static change => change.AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix("10.0.0.9/32"), Remove: false)));
            pair.Alice.SendInner(TestPackets.Ip("10.0.0.1", "10.0.0.9"));
            pair.Network.Run(0.1);
            Assert.Equal(Address(TestPackets.Ip("10.0.0.1", "10.0.0.9"), 16), Address(Assert.Single(owner.Delivered), 16));
            Assert.Empty((owner == carol ? pair.Bob : carol).Delivered);

            // The way back is open to the owner only.
            pair.Bob.SendInner(TestPackets.Ip("10.0.0.9", "10.0.0.1"));
            carol.SendInner(TestPackets.Ip("10.0.0.9", "10.0.0.1"));
            pair.Network.Run(0.1);
            Assert.Single(pair.Alice.Delivered);
            Assert.Equal(round + 1, pair.Alice.Device.Drops[DropReason.ForbiddenSource]);
            foreach (var host in new[] { pair.Alice, pair.Bob, carol }) host.Delivered.Clear();
        }
    }

    [Fact]
    public void A_more_specific_prefix_takes_over_and_gives_back()
    {
        using var pair = new Pair();
        var carol = AddCarol(pair);
        pair.Alice.Change(pair.Bob, static change => change.AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix("10.7.0.0/16"), Remove: false)));
        pair.Alice.Change(carol, static change => change.AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix("10.7.1.0/24"), Remove: false)));
        pair.Alice.SendInner(TestPackets.Ip("10.0.0.1", "10.7.1.1"), TestPackets.Ip("10.0.0.1", "10.7.2.1"), TestPackets.Ip("10.0.0.1", "10.7.1.2"));
        pair.Network.Run(0.1);
        Assert.Equal(2, carol.Delivered.Count);
        Assert.Single(pair.Bob.Delivered);
        pair.Alice.Change(carol, static change => change.Remove = true);
        pair.Alice.SendInner(TestPackets.Ip("10.0.0.1", "10.7.1.1"));
        pair.Network.Run(0.1);
        Assert.Equal(2, pair.Bob.Delivered.Count);
    }

    [Fact]
    public void A_packet_to_a_removed_prefix_has_no_peer()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.Change(pair.Bob, static change => change.AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix("10.0.0.2/32"), Remove: true)));
        pair.AliceSends();
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.NoPeer]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(19)]
    [InlineData(-4)]
    public void What_is_not_ip_does_not_leave(int length)
    {
        using var pair = new Pair();
        var packet = length < 0 ? TestPackets.Ip("10.0.0.1", "10.0.0.2") : new byte[length];
        if (length < 0) packet[0] = 0x25;
        pair.Alice.SendInner(packet);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.MalformedOutbound]);
        Assert.Empty(pair.Network.Sent);
    }

    [Fact]
    public void An_inner_length_beyond_the_datagram_is_a_drop_and_one_below_cuts_the_padding_off()
    {
        using var pair = new Pair();
        pair.Connect();
        var tooLong = Pair.PacketToBob(100);
        BinaryPrimitives.WriteUInt16BigEndian(tooLong.AsSpan(2), 113);
        var shorter = Pair.PacketToBob(100);
        BinaryPrimitives.WriteUInt16BigEndian(shorter.AsSpan(2), 90);
        pair.Alice.SendInner(tooLong, shorter);
        pair.Network.Run(0.1);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.InnerLength]);
        Assert.Equal(90, Assert.Single(pair.Bob.Delivered).Length);
    }

    [Fact]
    public void Nothing_leaves_while_the_interface_is_down()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.Device.Down();
        var sent = pair.Network.Sent.Count;
        pair.AliceSends();
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.InterfaceDown]);
        Assert.Equal(sent, pair.Network.Sent.Count);
        Assert.Equal(0, pair.BobAtAlice.Staged.Count);
    }

    private static SimulatedHost AddCarol(Pair pair)
    {
        var carol = pair.Network.AddHost("Carol", "192.0.2.3");
        pair.Alice.AddPeer(carol, withEndpoint: true, "10.0.0.3/32");
        carol.AddPeer(pair.Alice, withEndpoint: true, "10.0.0.1/32");
        return carol;
    }

    private static string Address(byte[] packet, int offset) => string.Join('.', packet.AsSpan(offset, 4).ToArray());
}
