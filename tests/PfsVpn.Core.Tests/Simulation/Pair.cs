using PfsVpn.Device;
using PfsVpn.TestSupport;
using PfsVpn.TestSupport.Simulation;

namespace PfsVpn.Tests.Simulation;

/// <summary>Two hosts, Alice (10.0.0.1, fd00::1) and Bob (10.0.0.2, fd00::2), that know each other.</summary>
internal sealed class Pair : IDisposable
{
    public Pair(bool bobKnowsAlicesEndpoint = true)
    {
        Alice = Network.AddHost("Alice", "192.0.2.1");
        Bob = Network.AddHost("Bob", "192.0.2.2");
        BobAtAlice = Alice.AddPeer(Bob, withEndpoint: true, "10.0.0.2/32", "fd00::2/128");
        AliceAtBob = Bob.AddPeer(Alice, bobKnowsAlicesEndpoint, "10.0.0.1/32", "fd00::1/128");
    }

    public SimulatedNetwork Network { get; } = new();

    public SimulatedHost Alice { get; }

    public SimulatedHost Bob { get; }

    public Peer BobAtAlice { get; }

    public Peer AliceAtBob { get; }

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

    public void Dispose() => Network.Dispose();
}
