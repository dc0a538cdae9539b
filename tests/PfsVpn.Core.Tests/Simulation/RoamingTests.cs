using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.TestSupport;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Simulation;

/// <summary>WireGuard paper §2.1: an endpoint follows the source of the last authenticated packet, and of nothing else.</summary>
public sealed class RoamingTests
{
    private static readonly EndpointAddress Elsewhere = At("198.51.100.7", 4242);
    private static readonly EndpointAddress ElsewhereV6 = At("2001:db8::7", 4242);

    [Fact]
    public void Data_roams()
    {
        using var pair = new Pair();
        pair.Connect();
        foreach (var address in new[] { Elsewhere, ElsewhereV6, At("192.0.2.1", 51820) })
        {
            pair.Alice.Address = address;
            pair.AssertTrafficFlows();
            Assert.Equal(address, pair.AliceAtBob.Endpoint!.Remote);
        }
        Assert.Equal(1, pair.Alice.Device.Ledger.Made);
    }

    [Fact]
    public void A_keepalive_roams()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.Address = Elsewhere;
        pair.Alice.Device.SendKeepalive(pair.BobAtAlice, pair.Alice.Step);
        pair.Network.Run(0.1);
        Assert.Equal(Elsewhere, pair.AliceAtBob.Endpoint!.Remote);
    }

    [Fact]
    public void An_initiation_and_a_response_roam()
    {
        using var pair = new Pair(bobKnowsAlicesEndpoint: false);
        Assert.Null(pair.AliceAtBob.Endpoint);
        pair.Alice.Address = Elsewhere;
        pair.Network.Link = datagram => datagram.Type == MessageType.Data ? [] : [pair.Network.Delay];
        pair.AliceSends();
        pair.Network.Run(0.015);
        Assert.Equal(Elsewhere, pair.AliceAtBob.Endpoint!.Remote);

        // Bob answers from where nobody expects him.
        pair.Network.Run(0.1);
        var initiation = RecordInitiation(pair);
        SimulatedNetwork.Inject(initiation, pair.Bob);
        SimulatedNetwork.Inject(pair.Network.LastSent(pair.Bob, MessageType.Response), pair.Alice, ElsewhereV6);
        Assert.Equal(ElsewhereV6, pair.BobAtAlice.Endpoint!.Remote);
    }

    [Fact]
    public void A_replayed_packet_does_not_roam()
    {
        using var pair = new Pair();
        pair.Connect();
        var endpoint = pair.AliceAtBob.Endpoint;
        SimulatedNetwork.Inject(pair.Network.LastSent(pair.Alice, MessageType.Data), pair.Bob, Elsewhere);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ReplayedCounter]);
        Assert.Same(endpoint, pair.AliceAtBob.Endpoint);
    }

    [Fact]
    public void A_packet_that_does_not_authenticate_does_not_roam()
    {
        using var pair = new Pair();
        pair.Connect();
        var endpoint = pair.AliceAtBob.Endpoint;
        var packet = pair.RecordDataOfAlice();
        foreach (var position in new[] { 8, 16, packet.Bytes.Length - 1 })
        {
            var forged = packet with { Bytes = [.. packet.Bytes] };
            forged.Bytes[position] ^= 1;
            SimulatedNetwork.Inject(forged, pair.Bob, Elsewhere);
        }
        Assert.Equal(3, pair.Bob.Device.Drops[DropReason.Authentication]);
        Assert.Same(endpoint, pair.AliceAtBob.Endpoint);
        Assert.Empty(pair.Bob.Delivered);

        // None of them moved the replay window either.
        SimulatedNetwork.Inject(packet, pair.Bob);
        Assert.Single(pair.Bob.Delivered);
    }

    [Fact]
    public void A_packet_from_inside_the_window_roams_though_it_is_late()
    {
        using var pair = new Pair();
        pair.Connect();
        var late = pair.RecordDataOfAlice();
        for (var i = 0; i < 100; i++) pair.AliceSends();
        pair.Network.Run(0.1);
        SimulatedNetwork.Inject(late, pair.Bob, Elsewhere);
        Assert.Equal(Elsewhere, pair.AliceAtBob.Endpoint!.Remote);
    }

    [Fact]
    public void A_spoofed_inner_source_is_dropped_but_has_roamed()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.Address = Elsewhere;
        pair.Alice.SendInner(TestPackets.Ip("10.0.0.99", "10.0.0.2"), TestPackets.Ip("10.0.0.2", "10.0.0.2"), TestPackets.Ip("fd00::9", "fd00::2"));
        pair.Network.Run(0.1);
        Assert.Empty(pair.Bob.Delivered);
        Assert.Equal(3, pair.Bob.Device.Drops[DropReason.ForbiddenSource]);
        Assert.Equal(Elsewhere, pair.AliceAtBob.Endpoint!.Remote);
    }

    [Fact]
    public void Replies_leave_from_the_address_that_was_called()
    {
        using var pair = new Pair();
        pair.Connect();
        Assert.Equal(pair.Bob.Address.Address, pair.AliceAtBob.Endpoint!.Source.Address);
        Assert.Equal(pair.Bob.Address.Address, pair.Network.LastSent(pair.Bob, MessageType.Data).LocalSource.Address);
    }

    [Fact]
    public void A_source_that_is_no_longer_ours_is_forgotten()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Bob.SendResult = UdpSendResult.SentWithoutSource;
        pair.BobSends();
        pair.Bob.SendResult = UdpSendResult.Sent;
        Assert.True(pair.AliceAtBob.Endpoint!.Source.IsNone);
        pair.BobSends();
        Assert.True(pair.Network.LastSent(pair.Bob, MessageType.Data).LocalSource.IsNone);
        pair.Network.Run(0.1);
        // The next packet from Alice says which address she calls.
        pair.AssertTrafficFlows();
        Assert.False(pair.AliceAtBob.Endpoint!.Source.IsNone);
    }

    [Fact]
    public void A_retransmission_and_an_unanswered_packet_let_the_source_go()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Run(200);
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(6);
        Assert.Equal([false, true], pair.Network.SentBy(pair.Alice, MessageType.Initiation).Skip(1).Select(static sent => sent.Datagram.LocalSource.IsNone));

        using var other = new Pair();
        other.Connect();
        other.Settle();
        other.Silence(other.Bob);
        other.AliceSends();
        Assert.False(other.BobAtAlice.Endpoint!.Source.IsNone);
        other.Network.Run(15.4);
        Assert.True(other.BobAtAlice.Endpoint!.Source.IsNone);
    }

    [Fact]
    public void Sources_that_routes_no_longer_confirm_are_let_go()
    {
        using var pair = new Pair();
        pair.Connect();
        Review(static _ => true);
        Assert.False(pair.BobAtAlice.Endpoint!.Source.IsNone);
        Review(endpoint => endpoint.Remote != pair.Bob.Address);
        Assert.True(pair.BobAtAlice.Endpoint!.Source.IsNone);
        pair.AssertTrafficFlows();

        void Review(Func<Endpoint, bool> holds)
        {
            using var slices = pair.Alice.Device.ReviewSources(holds);
            while (slices.MoveNext())
            {
            }
        }
    }

    [Fact]
    public void All_sources_are_let_go_where_the_port_changes()
    {
        using var pair = new Pair();
        pair.Connect();
        Assert.False(pair.BobAtAlice.Endpoint!.Source.IsNone);
        pair.Alice.Device.ForgetSources();
        Assert.True(pair.BobAtAlice.Endpoint!.Source.IsNone);
        pair.AssertTrafficFlows();
    }

    private static Datagram RecordInitiation(Pair pair)
    {
        pair.CutTheLink();
        pair.Network.Run(6);
        pair.Alice.Device.Down();
        pair.Alice.Device.Up(pair.Alice.Step);
        pair.AliceSends();
        return pair.Network.LastSent(pair.Alice, MessageType.Initiation);
    }

    private static EndpointAddress At(string address, ushort port) =>
        IpAddress.TryParse(address, out var parsed) ? new EndpointAddress(parsed, port) : throw new ArgumentException(address, nameof(address));
}
