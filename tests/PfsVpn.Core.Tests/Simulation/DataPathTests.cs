using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.TestSupport;
using PfsVpn.TestSupport.Simulation;

namespace PfsVpn.Tests.Simulation;

public sealed class DataPathTests
{
    private const byte NotEct = 0, Ect1 = 1, Ect0 = 2, Ce = 3;

    [Theory]
    [InlineData(1420)]
    [InlineData(1280)]
    [InlineData(1419)]
    [InlineData(0)]
    public void A_packet_is_padded_to_16_bytes_but_not_beyond_the_mtu(int mtu)
    {
        using var pair = new Pair();
        pair.Alice.Mtu = mtu;
        pair.Connect();
        for (var length = 20; length <= (mtu == 0 ? 200 : mtu); length += length < 100 || length > mtu - 40 ? 1 : 37)
        {
            pair.AliceSends(length);
            var padded = (length + 15) / 16 * 16;
            if (mtu != 0) padded = Math.Min(padded, mtu);
            Assert.Equal(MessageSizes.DataMinimum + padded, pair.Network.LastSent(pair.Alice, MessageType.Data).Bytes.Length);
            pair.Network.Run(0.011);
            Assert.Equal(Pair.PacketToBob(length), pair.Bob.Delivered[^1]);
        }
    }

    [Fact]
    public void Staged_packets_are_padded_alike_and_keep_their_order()
    {
        using var pair = new Pair();
        for (var i = 0; i < 100; i++) pair.AliceSends(1321 + i);
        pair.Network.Run(0.1);
        Assert.Equal(Enumerable.Range(1321, 100), pair.Bob.Delivered.Select(static packet => packet.Length));
        Assert.Equal(
            Enumerable.Range(1321, 100).Select(static length => MessageSizes.DataMinimum + Math.Min((length + 15) / 16 * 16, 1420)),
            pair.Network.SentBy(pair.Alice, MessageType.Data).Select(static sent => sent.Datagram.Bytes.Length));
    }

    [Fact]
    public void Of_staged_packets_the_oldest_gives_way_after_128()
    {
        using var pair = new Pair();
        for (var i = 0; i < 200; i++) pair.AliceSends(100 + i);
        Assert.Equal(128, pair.BobAtAlice.Staged.Count);
        Assert.Equal(72, pair.Alice.Device.Drops[DropReason.StagedOverflow]);
        pair.Network.Run(0.1);
        Assert.Equal(Enumerable.Range(172, 128), pair.Bob.Delivered.Select(static packet => packet.Length));
        Assert.Equal(0, pair.Alice.Device.StagedBudget.Used);
    }

    [Fact]
    public void A_packet_behind_staged_ones_does_not_overtake_them()
    {
        using var pair = new Pair();
        pair.Connect();
        // There is a key, but the control loop has not yet sent what waits.
        pair.Network.AutoControl = false;
        pair.BobAtAlice.Staged.Enqueue(Pair.PacketToBob(101), tos: 0);
        pair.AliceSends(102);
        pair.AliceSends(103);
        pair.Alice.RunControl();
        pair.AliceSends(104);
        pair.Network.AutoControl = true;
        pair.Network.Run(0.1);
        Assert.Equal([101, 102, 103, 104], pair.Bob.Delivered.Select(static packet => packet.Length));
    }

    [Fact]
    public void The_largest_packets_are_staged_and_sent_too()
    {
        using var pair = new Pair();
        pair.Alice.Mtu = 65_475;
        for (var i = 0; i < 10; i++) pair.Alice.SendInner(Pair.PacketToBob(65_466 + i));
        pair.Network.Run(0.1);
        Assert.Equal(10, pair.Bob.Delivered.Count);
        Assert.Equal(Pair.PacketToBob(65_475), pair.Bob.Delivered[^1]);
    }

    [Fact]
    public void Handshakes_carry_af41_and_keepalives_nothing()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        Assert.Equal(0x88, pair.Network.LastSent(pair.Alice, MessageType.Initiation).Tos);
        Assert.Equal(0x88, pair.Network.LastSent(pair.Bob, MessageType.Response).Tos);
        var keepalive = pair.Network.LastSent(pair.Alice, MessageType.Data);
        Assert.Equal((MessageSizes.DataMinimum, 0), (keepalive.Bytes.Length, keepalive.Tos));
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.2")]
    [InlineData("fd00::1", "fd00::2")]
    public void Dscp_stays_inside_and_ecn_goes_outside(string source, string destination)
    {
        using var pair = new Pair();
        // The first packet is staged, the others are not; both kinds are marked.
        for (var round = 0; round < 2; round++)
        {
            foreach (var (inner, outer) in new[] { (NotEct, NotEct), (Ect1, Ect1), (Ect0, Ect0), (Ce, Ect0) })
            {
                pair.Alice.SendInner(TestPackets.Ip(source, destination, 100, (byte)(0xB8 | inner)));
                pair.Network.Run(0.1);
                Assert.Equal(outer, pair.Network.LastSent(pair.Alice, MessageType.Data).Tos);
                Assert.Equal(TestPackets.Ip(source, destination, 100, (byte)(0xB8 | inner)), pair.Bob.Delivered[^1]);
            }
        }
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.2")]
    [InlineData("fd00::1", "fd00::2")]
    public void An_outer_mark_is_combined_into_the_inner_header(string source, string destination)
    {
        using var pair = new Pair();
        pair.Connect();
        foreach (var inner in new[] { NotEct, Ect1, Ect0, Ce })
        {
            foreach (var outer in new[] { NotEct, Ect1, Ect0, Ce })
            {
                pair.CutTheLink();
                pair.Alice.SendInner(TestPackets.Ip(source, destination, 100, inner));
                var datagram = pair.Network.LastSent(pair.Alice, MessageType.Data);
                SimulatedNetwork.Inject(datagram with { Tos = (byte)(0xB8 | outer) }, pair.Bob);

                // RFC 6040 §4.2, but for CE around what is not ECN-capable, which is delivered as it is.
                var expected = (inner, outer) switch
                {
                    (Ect0 or Ect1, Ce) => Ce,
                    (Ect0, Ect1) => Ect1,
                    _ => inner,
                };
                Assert.Equal(TestPackets.Ip(source, destination, 100, expected), pair.Bob.Delivered[^1]);
            }
        }
        Assert.Equal(16, pair.Bob.Delivered.Count);
    }

    [Fact]
    public void A_window_of_8128_packets_takes_what_is_late_once()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.CutTheLink();
        for (var i = 0; i < 8200; i++) pair.AliceSends(40);
        var sent = pair.Network.SentBy(pair.Alice, MessageType.Data).Skip(1).Select(static one => one.Datagram).ToArray();
        SimulatedNetwork.Inject(sent[^1], pair.Bob);
        SimulatedNetwork.Inject(sent[^8130], pair.Bob);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.ReplayedCounter]);
        SimulatedNetwork.Inject(sent[^8129], pair.Bob);
        SimulatedNetwork.Inject(sent[^8129], pair.Bob);
        Assert.Equal(2, pair.Bob.Device.Drops[DropReason.ReplayedCounter]);
        Assert.Equal(2, pair.Bob.Delivered.Count);
    }

    [Fact]
    public void Mixed_batches_go_to_their_peers()
    {
        using var pair = new Pair();
        var carol = pair.Network.AddHost("Carol", "2001:db8::3");
        pair.Alice.AddPeer(carol, withEndpoint: true, "10.0.0.3/32");
        carol.AddPeer(pair.Alice, withEndpoint: false, "10.0.0.1/32");
        for (var round = 0; round < 3; round++)
        {
            pair.Alice.SendInner(
                Pair.PacketToBob(60), TestPackets.Ip("10.0.0.1", "10.0.0.3", 61), TestPackets.Ip("10.0.0.1", "10.0.0.4", 62),
                TestPackets.Ip("10.0.0.1", "10.0.0.3", 63), Pair.PacketToBob(64), Pair.PacketToBob(65));
            pair.Network.Run(0.1);
            Assert.Equal([60, 64, 65], pair.Bob.Delivered.Select(static packet => packet.Length));
            Assert.Equal([61, 63], carol.Delivered.Select(static packet => packet.Length));
            pair.Bob.Delivered.Clear();
            carol.Delivered.Clear();
        }
        Assert.Equal(3, pair.Alice.Device.Drops[DropReason.NoPeer]);
    }
}
