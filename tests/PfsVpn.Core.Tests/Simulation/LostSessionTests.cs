using PfsVpn.Noise;
using PfsVpn.TestSupport.Simulation;

namespace PfsVpn.Tests.Simulation;

/// <summary>Alice's program is killed and comes back without keys; Bob goes on sending on the session that he has.</summary>
public sealed class LostSessionTests
{
    [Fact]
    public void The_restarted_side_initiates_at_once_though_only_the_other_sends()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.RestartAlice();
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        pair.BobSends();
        pair.Network.Run(0.05);
        Assert.Single(pair.Alice.Delivered);
    }

    [Fact]
    public void Attempts_are_five_seconds_apart_as_ever()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.RestartAlice();
        pair.Silence(pair.Alice);
        for (var i = 0; i < 100; i++)
        {
            pair.BobSends();
            pair.Network.Run(0.1);
        }
        Assert.Equal(2, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    [Fact]
    public void Data_from_elsewhere_and_data_for_a_peer_that_has_keys_are_no_reason()
    {
        using var pair = new Pair();
        pair.Connect();
        var old = LastData(pair);
        pair.RestartAlice();
        SimulatedNetwork.Inject(old, pair.Alice, pair.Bob.Address with { Port = 1 });
        pair.Network.Run(1);
        Assert.Equal(0, pair.Network.CountSent(pair.Alice, MessageType.Initiation));

        pair.Connect();
        var initiations = pair.Network.CountSent(pair.Alice, MessageType.Initiation);
        pair.Network.Run(20);
        SimulatedNetwork.Inject(old, pair.Alice);
        pair.Network.Run(1);
        Assert.Equal(initiations, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    [Fact]
    public void An_interface_that_is_down_notes_nothing()
    {
        using var pair = new Pair();
        pair.Connect();
        var old = LastData(pair);
        pair.RestartAlice();
        pair.Alice.Device.Down();
        SimulatedNetwork.Inject(old, pair.Alice);
        pair.Alice.RunControl();
        Assert.False(pair.Alice.Device.HasControlWork);
        Assert.Equal(0, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
    }

    private static Datagram LastData(Pair pair) => pair.Network.LastSent(pair.Bob, MessageType.Data);
}
