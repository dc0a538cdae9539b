using PfsVpn.Device;
using PfsVpn.Noise;

namespace PfsVpn.Tests.Simulation;

public sealed class HandshakeSimulationTests
{
    [Fact]
    public void A_packet_starts_a_handshake_and_arrives()
    {
        using var pair = new Pair();
        pair.AliceSends();
        pair.Network.Run(0.1);
        Assert.Equal(Pair.PacketToBob(), Assert.Single(pair.Bob.Delivered));
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Response));
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Data));
        Assert.NotNull(pair.AliceAtBob.Keypairs.Current);
        Assert.Null(pair.AliceAtBob.Keypairs.Next);
        Assert.Contains(pair.Bob.Log.Lines, static line => line.Contains("connected", StringComparison.Ordinal));
    }

    [Fact]
    public void The_responder_answers_on_the_confirmed_keypair()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.BobSends();
        pair.Network.Run(0.1);
        Assert.Equal(Pair.PacketToAlice(), Assert.Single(pair.Alice.Delivered));
        Assert.Equal(1, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
    }

    [Fact]
    public void Both_at_once_end_with_a_working_tunnel()
    {
        using var pair = new Pair();
        pair.AliceSends();
        pair.BobSends();
        pair.Network.Run(12);
        Assert.NotEmpty(pair.Alice.Delivered);
        Assert.NotEmpty(pair.Bob.Delivered);
    }

    [Fact]
    public void A_first_message_that_finds_no_traffic_is_followed_by_a_keepalive_that_confirms()
    {
        using var pair = new Pair();
        pair.Alice.Device.SendKeepalive(pair.BobAtAlice, pair.Alice.Step);
        pair.Network.Run(0.1);
        Assert.NotNull(pair.AliceAtBob.Keypairs.Current);
        Assert.Empty(pair.Bob.Delivered);
    }

    [Fact]
    public void Initiations_are_repeated_every_five_seconds_and_given_up_after_ninety()
    {
        using var pair = new Pair();
        pair.Network.Link = static _ => [];
        pair.AliceSends();
        pair.Network.Run(89);
        var sent = pair.Network.CountSent(pair.Alice, MessageType.Initiation);
        Assert.InRange(sent, 16, 18);
        Assert.Equal(1, pair.BobAtAlice.Staged.Count);
        pair.Network.Run(60);
        Assert.InRange(pair.Network.CountSent(pair.Alice, MessageType.Initiation), sent, sent + 1);
        Assert.Equal(0, pair.BobAtAlice.Staged.Count);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.StagedAbandoned]);
        Assert.Contains(pair.Alice.Log.Lines, static line => line.Contains("lost", StringComparison.Ordinal));
    }

    [Fact]
    public void Rekeys_at_120_s_under_traffic_without_loss()
    {
        using var pair = new Pair();
        for (var second = 0; second < 400; second++)
        {
            pair.AliceSends();
            pair.Network.Run(0.5);
            pair.BobSends();
            pair.Network.Run(0.5);
        }
        Assert.Equal(400, pair.Bob.Delivered.Count);
        Assert.Equal(400, pair.Alice.Delivered.Count);
        Assert.Equal(4, pair.Network.CountSent(pair.Alice, MessageType.Initiation));
        Assert.Equal(0, pair.Network.CountSent(pair.Bob, MessageType.Initiation));
    }

    [Fact]
    public void Keys_are_erased_at_180_s_without_traffic()
    {
        using var pair = new Pair();
        pair.Connect();
        Assert.True(pair.Alice.Device.Ledger.Alive > 0);
        pair.Network.Run(181);
        Assert.Equal(0, pair.Alice.Device.Ledger.Alive);
        Assert.Equal(0, pair.Bob.Device.Ledger.Alive);
    }
}
