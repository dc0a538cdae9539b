using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.TestSupport;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>Thousands of peers that want a handshake at the same moment get them one after the other; one behind which a packet waits is not delayed.</summary>
public sealed class InitiationStormTests
{
    [Theory]
    [InlineData("up", 10_000)]
    [InlineData("resume", 3000)]
    [InlineData("key changed", 3000)]
    public void Initiations_are_spread_and_a_packet_that_waits_goes_first(string why, int peers)
    {
        using var network = new SimulatedNetwork();
        var host = network.AddHost("Server", "192.0.2.1");
        var other = network.AddHost("Client", "192.0.2.2");
        host.Device.Down();
        AddPeers(host, keepalive: 25, peers);
        host.AddPeer(other, withEndpoint: true, "10.0.0.2/32");
        other.AddPeer(host, withEndpoint: true, "10.0.0.1/32");
        Trigger(network, host, why);
        var began = network.Now;
        network.Run(1);

        // In the middle of it a packet for one more peer: it is there a handshake later.
        host.SendInner(TestPackets.Ip("10.0.0.1", "10.0.0.2"));
        network.Run(0.035);
        if (why != "key changed") Assert.Single(other.Delivered);
        network.Run(peers / 1000);

        var sent = network.SentBy(host, MessageType.Initiation).Where(sent => sent.At >= began && sent.Datagram.Destination != other.Address).ToArray();
        var first = sent.DistinctBy(static sent => sent.Datagram.Destination).ToArray();
        Assert.Equal(peers, first.Length);
        Assert.InRange((first[^1].At - began).TotalSeconds, (peers / 1000) - 1, (peers / 1000) + 1);
        AssertSpread([.. sent.Select(static sent => sent.At)]);
    }

    [Fact]
    public void What_answers_a_restart_is_spread_as_well()
    {
        using var network = new SimulatedNetwork();
        var host = network.AddHost("Server", "192.0.2.1");
        AddPeers(host, keepalive: 0, 2000);
        var stray = new byte[64];
        stray[0] = 4;
        stray[4] = 1;
        for (var round = 0; round < 3; round++)
        {
            for (var number = 0; number < 2000; number++)
            {
                host.Receive(stray, EndpointOf((number + (round * 700)) % 2000));
                if (number % 100 == 0) network.Run(0.05);
            }
        }
        var initiations = network.SentBy(host, MessageType.Initiation).Select(static sent => sent.At).ToArray();
        Assert.InRange(initiations.Length, 900, HandshakeProcessor.HintedBurst + (3 * HandshakeProcessor.HintedPerSecond));
        AssertSpread(initiations, HandshakeProcessor.HintedBurst + HandshakeProcessor.HintedPerSecond);
    }

    [Fact]
    public void A_moment_of_its_own_for_each_a_burst_first()
    {
        var pacer = new InitiationPacer(100, 10);
        var now = new MonotonicTime(1_000_000_000_000);
        var slots = Enumerable.Range(0, 110).Select(_ => (pacer.Reserve(now) - now).TotalMilliseconds).ToArray();
        Assert.All(slots[..10], static wait => Assert.Equal(0, wait));
        Assert.Equal([10.0, 20, 30], slots[10..13]);
        Assert.Equal(1000, slots[109]);
        Assert.False(pacer.TryTake(now));
        Assert.False(pacer.TryTake(now + TimeSpan.FromSeconds(1)));
        Assert.True(pacer.TryTake(now + TimeSpan.FromSeconds(1.01)));
        // However long nobody asked, the burst is no greater.
        now += TimeSpan.FromDays(1);
        Assert.Equal(10, Enumerable.Range(0, 100).Count(_ => pacer.TryTake(now)));
    }

    private static void Trigger(SimulatedNetwork network, SimulatedHost host, string why)
    {
        host.Device.Up(host.Step);
        if (why == "up") return;
        network.Run(1);
        if (why == "resume")
        {
            host.Device.EraseSessions(KeyEndReason.BeforeSleep);
            network.Suspend(TimeSpan.FromHours(1));
            return;
        }
        var key = host.Arena.Allocate();
        X25519.GeneratePrivateKey(key, host.Random);
        host.Apply(new DeviceChange { PrivateKey = key });
    }

    private static void AssertSpread(MonotonicTime[] initiations, int mostInASecond = HandshakeProcessor.PacedBurst + HandshakeProcessor.PacedPerSecond)
    {
        var first = 0;
        for (var i = 0; i < initiations.Length; i++)
        {
            while (initiations[i] - initiations[first] >= TimeSpan.FromSeconds(1)) first++;
            Assert.InRange(i - first + 1, 1, mostInASecond + 1);
        }
    }

    private static void AddPeers(SimulatedHost host, ushort keepalive, int count)
    {
        var change = new DeviceChange();
        using var secret = host.Arena.Allocate();
        for (var number = 0; number < count; number++)
        {
            secret.Randomize(host.Random);
            change.Peers.Add(new PeerChange(X25519.ComputePublicKey(secret)) { PersistentKeepalive = keepalive, Endpoint = EndpointOf(number) });
        }
        host.Apply(change);
    }

    private static EndpointAddress EndpointOf(int number) => new(new IpAddress(0x0B00_0000u + (uint)number), 51820);
}
