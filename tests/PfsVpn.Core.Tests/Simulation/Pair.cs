using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.TestSupport;
using PfsVpn.TestSupport.Simulation;

namespace PfsVpn.Tests.Simulation;

/// <summary>Two hosts, Alice (10.0.0.1, fd00::1) and Bob (10.0.0.2, fd00::2), that know each other.</summary>
internal sealed class Pair : IDisposable
{
    public Pair(bool bobKnowsAlicesEndpoint = true, int seed = 1000)
    {
        Network.Seed = seed;
        Alice = Network.AddHost("Alice", "192.0.2.1");
        Bob = Network.AddHost("Bob", "192.0.2.2");
        Alice.AddPeer(Bob, withEndpoint: true, "10.0.0.2/32", "fd00::2/128");
        Bob.AddPeer(Alice, bobKnowsAlicesEndpoint, "10.0.0.1/32", "fd00::1/128");
    }

    public SimulatedNetwork Network { get; } = new();

    public SimulatedHost Alice { get; private set; }

    public SimulatedHost Bob { get; }

    public Peer BobAtAlice => Alice.PeerOf(Bob);

    public Peer AliceAtBob => Bob.PeerOf(Alice);

    public static byte[] PacketToBob(int length = 100, byte tos = 0) => TestPackets.Ip("10.0.0.1", "10.0.0.2", length, tos);

    public static byte[] PacketToAlice(int length = 100, byte tos = 0) => TestPackets.Ip("10.0.0.2", "10.0.0.1", length, tos);

    public void AliceSends(int length = 100) => Alice.SendInner(PacketToBob(length));

    public void BobSends(int length = 100) => Bob.SendInner(PacketToAlice(length));

    /// <summary>One packet each way, so that both sides have a confirmed current keypair.</summary>
    public void Connect()
    {
        AliceSends();
        Network.Run(0.2);
        BobSends();
        Network.Run(0.2);
        Alice.Delivered.Clear();
        Bob.Delivered.Clear();
    }

    /// <summary>Waits until nothing is owed and nothing unanswered: every keepalive has been sent, and no timer of the data path is armed.</summary>
    public void Settle() => Network.Run(20);

    /// <summary>Both directions of the link lose everything from now on.</summary>
    public void CutTheLink() => Network.Link = static _ => [];

    /// <summary>Nothing that <paramref name="host"/> sends from now on arrives.</summary>
    public void Silence(SimulatedHost host) => Network.Link = datagram => datagram.From == host ? [] : [Network.Delay];

    public void RestoreTheLink() => Network.Link = null;

    /// <summary>Alice's program ends and starts again with the same configuration.</summary>
    public void RestartAlice()
    {
        Alice = Network.Restart(Alice);
        Alice.AddPeer(Bob, withEndpoint: true, "10.0.0.2/32", "fd00::2/128");
    }

    /// <summary>A packet that is lost on its way and kept, to be delivered whenever a test likes.</summary>
    public Datagram RecordDataOfAlice(int length = 100)
    {
        var link = Network.Link;
        CutTheLink();
        AliceSends(length);
        Network.Link = link;
        return Network.LastSent(Alice, MessageType.Data);
    }

    /// <summary>Each side gets a packet of the other across now.</summary>
    public void AssertTrafficFlows()
    {
        Alice.Delivered.Clear();
        Bob.Delivered.Clear();
        AliceSends();
        Network.Run(0.1);
        BobSends();
        Network.Run(0.1);
        Assert.Equal(PacketToBob(), Assert.Single(Bob.Delivered));
        Assert.Equal(PacketToAlice(), Assert.Single(Alice.Delivered));
    }

    public void Dispose() => Network.Dispose();
}
