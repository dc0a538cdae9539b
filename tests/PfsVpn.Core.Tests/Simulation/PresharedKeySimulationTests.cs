using PfsVpn.Device;
using PfsVpn.Noise;

namespace PfsVpn.Tests.Simulation;

public sealed class PresharedKeySimulationTests
{
    [Fact]
    public void The_same_key_on_both_sides_connects()
    {
        using var pair = new Pair();
        pair.Alice.SetPresharedKey(pair.Bob, 7);
        pair.Bob.SetPresharedKey(pair.Alice, 7);
        pair.Connect();
        pair.AssertTrafficFlows();
    }

    [Theory]
    [InlineData(7, 8)]
    [InlineData(7, 0)]
    [InlineData(0, 8)]
    public void Different_keys_are_suspected_by_the_initiator_and_noted_by_the_responder(byte ofAlice, byte ofBob)
    {
        using var pair = new Pair();
        pair.Alice.SetPresharedKey(pair.Bob, ofAlice);
        pair.Bob.SetPresharedKey(pair.Alice, ofBob);
        pair.AliceSends();
        pair.Network.Run(40);
        var attempts = pair.Network.CountSent(pair.Alice, MessageType.Initiation);
        Assert.InRange(attempts, 7, 8);
        Assert.Equal(attempts, pair.Alice.Device.Drops[DropReason.PresharedKeyMismatch]);
        Assert.Equal(attempts, pair.Alice.Device.Drops.Total);
        Assert.Equal(1, pair.Alice.Log.Count("the pre-shared keys differ, it is suspected"));
        Assert.Equal(1, pair.Bob.Log.Count("initiates again and again and does not take our responses"));
        Assert.Equal(0, pair.Alice.Device.Ledger.Made);
        Assert.Equal(1, pair.Bob.Device.Ledger.Alive);
        Assert.Empty(pair.Bob.Delivered);

        // Set right, the very next attempt connects, with the packet that still waits.
        pair.Bob.SetPresharedKey(pair.Alice, ofAlice);
        pair.Network.Run(6);
        Assert.Equal(Pair.PacketToBob(), Assert.Single(pair.Bob.Delivered));
    }
}
