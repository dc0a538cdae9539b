using PfsVpn.Configuration;
using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>Before sleep everything ephemeral goes, and nothing new comes; a machine that was cloned uses nothing that its twin has as well.</summary>
public sealed class SleepAndCloneTests
{
    [Theory]
    [InlineData(KeyEndReason.BeforeSleep)]
    [InlineData(KeyEndReason.MachineCloned)]
    public void Every_keypair_handshake_and_cookie_is_gone(object boxed)
    {
        var reason = (KeyEndReason)boxed;
        using var pair = new Pair();
        pair.Connect();
        pair.Network.Run(120);
        pair.AliceSends();
        pair.Network.Run(5.2);
        pair.CutTheLink();
        pair.Alice.Device.Raise(pair.BobAtAlice, PeerSignal.LastMinute);
        pair.Alice.RunControl();
        Assert.Equal(2, pair.Alice.Device.Ledger.Alive);
        Assert.Equal(HandshakeState.InitiationSent, pair.BobAtAlice.Handshake.State);
        var keypair = pair.BobAtAlice.Keypairs.Current!;

        pair.Alice.Device.EraseSessions(reason);
        // The private key, its copy in the test, and the static-static secret.
        Assert.Equal(3, pair.Alice.LivingSecrets);
        Assert.Equal(0, pair.Alice.Device.Indices.Count);
        Assert.True(keypair.IsDead);
        Assert.Equal(2, pair.Alice.Device.Ledger.ErasedFor(reason));
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(reason, KeyKind.HandshakeSecrets));
        KeyAccount.AssertTrue(pair.Alice);
    }

    [Theory]
    [InlineData(KeyEndReason.BeforeSleep)]
    [InlineData(KeyEndReason.MachineCloned)]
    public void An_outstanding_handshake_is_not_completed(object boxed)
    {
        var reason = (KeyEndReason)boxed;
        using var pair = new Pair();
        pair.AliceSends();
        pair.Network.Run(0.015);
        // Bob's response is under way.
        Assert.Equal(1, pair.Network.CountSent(pair.Bob, MessageType.Response));
        var response = pair.Network.LastSent(pair.Bob, MessageType.Response);
        pair.Alice.Device.EraseSessions(reason);
        pair.CutTheLink();
        SimulatedNetwork.Inject(response, pair.Alice);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.UnknownHandshake]);
        Assert.Null(pair.BobAtAlice.Keypairs.Current);
        Assert.Equal(0, pair.Network.CountSent(pair.Alice, MessageType.Data));
    }

    [Fact]
    public void A_clone_seals_nothing_more_with_the_old_key_even_under_a_lease_and_goes_on_with_new_ones()
    {
        using var pair = new Pair();
        pair.Connect();
        var keypair = pair.BobAtAlice.Keypairs.Current!;
        Assert.True(keypair.TryAcquire());
        pair.Alice.Device.EraseSessions(KeyEndReason.MachineCloned);
        Assert.Equal(0, keypair.ReserveCounters(1, out _));
        keypair.Release();
        pair.AliceSends();
        pair.Network.Run(0.1);
        Assert.Single(pair.Bob.Delivered);
        pair.AssertTrafficFlows();
        Assert.Equal(2, pair.Alice.Device.Ledger.Made);
        Assert.Equal(2, pair.Network.SentBy(pair.Alice, MessageType.Initiation).DistinctBy(static sent => Convert.ToHexString(sent.Datagram.Bytes.AsSpan(8, 32)), StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Packets_that_wait_in_a_clone_go_out_on_a_new_key()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(1);
        pair.RestoreTheLink();
        pair.Alice.Device.EraseSessions(KeyEndReason.MachineCloned);
        pair.Network.Run(0.1);
        Assert.Equal(Pair.PacketToBob(), Assert.Single(pair.Bob.Delivered));
    }

    [Fact]
    public void Before_sleep_waiting_plaintext_is_dropped_and_nothing_begins_anew()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.BobAtAlice.Staged.Enqueue(Pair.PacketToBob(), tos: 0);
        pair.Alice.Device.EraseSessions(KeyEndReason.BeforeSleep);
        Assert.Equal(0, pair.BobAtAlice.Staged.Count);
        var made = pair.Alice.Device.Ledger.MadeOf(KeyKind.HandshakeSecrets);
        for (var i = 0; i < 90; i++)
        {
            pair.AliceSends();
            pair.BobSends();
            pair.Network.Run(0.1);
            Assert.Equal(0, pair.BobAtAlice.Staged.Count);
        }
        Assert.Equal(made, pair.Alice.Device.Ledger.MadeOf(KeyKind.HandshakeSecrets));
        Assert.Equal(3, pair.Alice.LivingSecrets);
        Assert.Equal(91, pair.Alice.Device.Drops[DropReason.StagedAbandoned]);

        // It did not come to sleep, and nobody says so: some time later traffic goes on.
        pair.Network.Run(WireGuardDevice.LongestRest);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void An_initiation_that_comes_while_the_machine_falls_asleep_makes_no_key()
    {
        using var pair = new Pair();
        pair.Bob.Device.EraseSessions(KeyEndReason.BeforeSleep);
        pair.AliceSends();
        pair.Network.Run(1);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.Resting]);
        Assert.Equal(0, pair.Bob.Device.Ledger.Made);
    }

    [Fact]
    public void After_sleep_the_next_packet_makes_a_session_at_once()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Settle();
        pair.Alice.Device.EraseSessions(KeyEndReason.BeforeSleep);
        pair.Network.Suspend(TimeSpan.FromHours(8));
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void After_a_nap_the_device_does_not_rest_on()
    {
        using var pair = new Pair();
        pair.Alice.Change(pair.Bob, static change => change.PersistentKeepalive = 1);
        pair.Connect();
        pair.Settle();
        pair.Alice.Device.EraseSessions(KeyEndReason.BeforeSleep);
        pair.Network.Run(2);
        Assert.Equal(0, pair.Alice.Device.Ledger.Alive);
        // Woken after two seconds: the keepalive that waited goes, and traffic flows.
        pair.Alice.Device.AfterSleep(pair.Alice.Step);
        pair.Network.Run(0.1);
        Assert.Equal(1, pair.Alice.Device.Ledger.Alive);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void A_short_life_counts_the_time_of_sleep()
    {
        using var pair = new Pair();
        pair.Alice.Apply(new DeviceChange { RekeyAfterSeconds = 10 });
        pair.Bob.Apply(new DeviceChange { RekeyAfterSeconds = 10 });
        pair.Connect();
        var recorded = pair.RecordDataOfAlice();
        pair.Network.AutoControl = false;
        pair.Network.Suspend(TimeSpan.FromSeconds(15));

        // The pumps wake before the control loops: nothing is sealed, nothing opened, and each asks for the key to be erased.
        var sent = pair.Network.CountSent(pair.Alice, MessageType.Data);
        pair.AliceSends();
        SimulatedNetwork.Inject(recorded, pair.Bob);
        Assert.Equal(sent, pair.Network.CountSent(pair.Alice, MessageType.Data));
        Assert.Empty(pair.Bob.Delivered);
        Assert.True(pair.Bob.Device.HasControlWork);
        pair.Alice.Device.ProcessSignals(pair.Alice.Step);
        pair.Bob.Device.ProcessSignals(pair.Bob.Step);
        Assert.Equal(0, pair.Alice.Device.Ledger.Alive + pair.Bob.Device.Ledger.Alive);
    }
}
