using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.TestSupport;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

public sealed class ConfigurationSimulationTests
{
    [Fact]
    public void Setting_the_private_key_that_is_set_changes_nothing()
    {
        using var pair = new Pair();
        pair.Connect();
        var slots = pair.Alice.Arena.SlotsInUse;
        pair.Alice.Apply(new DeviceChange { PrivateKey = Copy(pair.Alice, pair.Alice.PrivateKey) });
        Assert.Equal(slots, pair.Alice.Arena.SlotsInUse);
        Assert.Equal(0, pair.Alice.Log.Count("Private key changed"));
        pair.AssertTrafficFlows();
        Assert.Equal(1, pair.Alice.Device.Ledger.Made);
    }

    [Fact]
    public void The_first_private_key_ends_no_session_and_says_nothing()
    {
        using var pair = new Pair();
        Assert.Equal(0, pair.Alice.Log.Count("Private key changed"));
    }

    [Fact]
    public void A_new_private_key_ends_all_sessions_and_peers_that_know_it_connect_again()
    {
        using var pair = new Pair();
        pair.Connect();
        var key = NewKey(pair.Alice);
        var publicKey = X25519.ComputePublicKey(key);
        pair.Alice.Apply(new DeviceChange { PrivateKey = key });
        Assert.Equal(1, pair.Alice.Log.Count("Private key changed: all sessions end"));
        Assert.Equal(1, pair.Alice.Device.Ledger.ErasedFor(KeyEndReason.PrivateKeyChanged));
        pair.AliceSends();
        pair.Network.Run(0.1);
        Assert.Equal(1, pair.Bob.Device.Drops[DropReason.UnknownPeer]);

        var change = new DeviceChange();
        change.Peers.Add(new PeerChange(publicKey) { Endpoint = pair.Alice.Address });
        change.Peers[0].AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix("10.0.0.1/32"), Remove: false));
        pair.Bob.Apply(change);
        pair.Network.Run(6);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Packets_that_wait_for_a_key_go_out_under_the_new_identity()
    {
        using var pair = new Pair();
        pair.CutTheLink();
        pair.AliceSends();
        pair.Network.Run(1);
        pair.RestoreTheLink();
        // The first key again, by way of another: what waits must not wait for the next packet.
        pair.Alice.Apply(new DeviceChange { PrivateKey = NewKey(pair.Alice) });
        pair.Alice.Apply(new DeviceChange { PrivateKey = Copy(pair.Alice, pair.Alice.PrivateKey) });
        pair.Network.Run(0.1);
        Assert.Single(pair.Bob.Delivered);
    }

    [Fact]
    public void Without_a_private_key_nothing_goes_out_or_in_and_a_key_heals_it()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.Apply(new DeviceChange { PrivateKey = pair.Alice.Arena.Allocate() });
        var sent = pair.Network.Sent.Count;
        pair.AliceSends();
        pair.Network.Run(1);
        Assert.Equal(sent, pair.Network.Sent.Count);
        pair.Bob.Device.EraseSessions(KeyEndReason.TooOld);
        pair.BobSends();
        pair.Network.Run(1);
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.WrongMac1]);
        pair.Alice.Apply(new DeviceChange { PrivateKey = Copy(pair.Alice, pair.Alice.PrivateKey) });
        pair.Network.Run(6);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Oneself_is_refused_as_a_peer()
    {
        using var pair = new Pair();
        pair.Alice.Change(pair.Alice, static change => change.PersistentKeepalive = 25);
        Assert.Null(pair.Alice.Device.Peers.Find(pair.Alice.PublicKey));
        Assert.Equal(1, pair.Alice.Device.Peers.Count);
        Assert.Equal(1, pair.Alice.Log.Count("not added: its public key is this interface's own"));
    }

    [Fact]
    public void A_peer_that_becomes_oneself_by_a_new_private_key_is_dropped()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Alice.Apply(new DeviceChange { PrivateKey = Copy(pair.Alice, pair.Bob.PrivateKey) });
        Assert.Equal(0, pair.Alice.Device.Peers.Count);
        Assert.Equal(1, pair.Alice.Log.Count("removed: its public key is this interface's own"));
        pair.AliceSends();
        Assert.Equal(1, pair.Alice.Device.Drops[DropReason.NoPeer]);
    }

    public static TheoryData<string> Updates => new() { "preshared key", "endpoint", "allowed ips", "keepalive", "nothing", "all at once" };

    [Theory]
    [MemberData(nameof(Updates))]
    public void Updating_a_peer_keeps_its_session(string what)
    {
        using var pair = new Pair();
        pair.Connect();
        var keypair = pair.BobAtAlice.Keypairs.Current;
        pair.Alice.Change(pair.Bob, change =>
        {
            var all = what == "all at once";
            if (all || what == "preshared key") change.PresharedKey = Copy(pair.Alice, pair.Alice.PrivateKey);
            if (all || what == "endpoint") change.Endpoint = pair.Bob.Address;
            if (all || what == "keepalive") change.PersistentKeepalive = 25;
            if (!all && what != "allowed ips") return;
            change.ReplaceAllowedIps = true;
            change.AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix("10.0.0.0/24"), Remove: false));
        });
        Assert.Same(keypair, pair.BobAtAlice.Keypairs.Current);
        pair.AssertTrafficFlows();
        Assert.Equal(1, pair.Alice.Device.Ledger.Made);
    }

    [Fact]
    public void A_new_endpoint_is_used_at_once()
    {
        using var pair = new Pair();
        pair.Connect();
        pair.Bob.Address = pair.Bob.Address with { Port = 4 };
        pair.Alice.Change(pair.Bob, change => change.Endpoint = pair.Bob.Address);
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void Replacing_all_peers_keeps_the_sessions_of_those_named_and_resets_what_is_not_named()
    {
        using var pair = new Pair();
        pair.Alice.SetPresharedKey(pair.Bob, 7);
        pair.Bob.SetPresharedKey(pair.Alice, 7);
        var carol = pair.Network.AddHost("Carol", "192.0.2.3");
        pair.Alice.AddPeer(carol, withEndpoint: true, "10.0.0.3/32");
        pair.Alice.Change(pair.Bob, static change => change.PersistentKeepalive = 25);
        pair.Connect();
        var keypair = pair.BobAtAlice.Keypairs.Current;

        var change = new DeviceChange { ReplacePeers = true };
        change.Peers.Add(new PeerChange(pair.Bob.PublicKey));
        change.Peers[0].AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix("10.0.0.2/32"), Remove: false));
        pair.Alice.Apply(change);
        Assert.Equal(1, pair.Alice.Device.Peers.Count);
        Assert.Same(keypair, pair.BobAtAlice.Keypairs.Current);
        Assert.Null(pair.BobAtAlice.Remote.PresharedKey);
        Assert.Equal(0, pair.BobAtAlice.PersistentKeepalive);
        Assert.Equal([TestPackets.Prefix("10.0.0.2/32")], pair.Alice.Device.AllowedIps.PrefixesOf(pair.BobAtAlice));
        pair.AssertTrafficFlows();
    }

    [Fact]
    public void A_peer_is_never_without_its_preshared_key_while_a_long_change_is_applied()
    {
        using var pair = new Pair();
        pair.Alice.SetPresharedKey(pair.Bob, 7);
        pair.Bob.SetPresharedKey(pair.Alice, 7);
        using var change = new DeviceChange { ReplacePeers = true };
        var others = Enumerable.Range(0, 50).Select(number => new PeerChange(SomeKey(number))).ToArray();
        change.Peers.AddRange(others);
        change.Peers.Add(new PeerChange(pair.Bob.PublicKey) { PresharedKey = pair.Alice.Arena.Allocate() });
        change.Peers[^1].PresharedKey!.Bytes.Fill(7);
        change.Peers[^1].AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix("10.0.0.2/32"), Remove: false));

        pair.AliceSends();
        var steps = pair.Alice.Device.Apply(change, () => pair.Alice.Step);
        while (steps.MoveNext())
        {
            Assert.NotNull(pair.BobAtAlice.Remote.PresharedKey);
            pair.Network.Run(0.001);
        }
        Assert.Single(pair.Bob.Delivered);
        Assert.Equal(0, pair.Alice.Device.Drops[DropReason.PresharedKeyMismatch]);
    }

    [Fact]
    public void A_peer_with_a_key_of_small_order_is_said_to_be_unusable_and_holds_no_packets()
    {
        using var pair = new Pair();
        var change = new DeviceChange();
        change.Peers.Add(new PeerChange(default) { Endpoint = pair.Bob.Address });
        change.Peers[0].AllowedIps.Add(new AllowedIpChange(TestPackets.Prefix("10.0.0.9/32"), Remove: false));
        pair.Alice.Apply(change);
        for (var i = 0; i < 3; i++) pair.Alice.SendInner(TestPackets.Ip("10.0.0.1", "10.0.0.9"));
        Assert.Equal(1, pair.Alice.Log.Count("a point of small order"));
        Assert.Equal(3, pair.Alice.Device.Drops[DropReason.StagedAbandoned]);
        Assert.Equal(0, pair.Alice.Device.Indices.Count);
        Assert.Empty(pair.Network.Sent);
        pair.Network.Run(200);
    }

    [Fact]
    public void Update_only_does_not_add_and_removing_what_is_not_there_does_nothing()
    {
        using var pair = new Pair();
        var carol = pair.Network.AddHost("Carol", "192.0.2.3");
        pair.Alice.Change(carol, static change => change.UpdateOnly = true);
        pair.Alice.Change(carol, static change => change.Remove = true);
        Assert.Equal(1, pair.Alice.Device.Peers.Count);
    }

    [Fact]
    public void What_is_described_is_what_was_set()
    {
        using var pair = new Pair();
        pair.Alice.SetPresharedKey(pair.Bob, 7);
        pair.Bob.SetPresharedKey(pair.Alice, 7);
        pair.Alice.Change(pair.Bob, static change => change.PersistentKeepalive = 25);
        pair.Connect();
        var peer = Assert.Single(pair.Alice.Device.Describe(51820).Peers);
        Assert.Equal((pair.Bob.PublicKey, pair.Bob.Address, 25), (peer.PublicKey, peer.Endpoint!.Value, (int)peer.PersistentKeepalive));
        Assert.Equal(7, peer.PresharedKey!.Bytes[31]);
        Assert.Equal(2, peer.AllowedIps.Count());
        Assert.Equal(0.42, (pair.Network.WallClock - peer.LastHandshake).TotalSeconds, 0.1);
    }

    [Fact]
    public void The_transfer_counts_what_the_kernel_counts()
    {
        using var pair = new Pair();
        pair.Connect();
        // Alice: an initiation, one packet of 100 bytes in a datagram of 144. Bob: a response and the same.
        Assert.Equal(148ul + 144, pair.BobAtAlice.Statistics.Sent);
        Assert.Equal(92ul + 144, pair.BobAtAlice.Statistics.Received);
        Assert.Equal(pair.BobAtAlice.Statistics.Sent, pair.AliceAtBob.Statistics.Received);
        Assert.Equal(pair.BobAtAlice.Statistics.Received, pair.AliceAtBob.Statistics.Sent);
    }

    private static SecretKey Copy(SimulatedHost host, SecretKey key)
    {
        var copy = host.Arena.Allocate();
        copy.CopyFrom(key);
        return copy;
    }

    private static SecretKey NewKey(SimulatedHost host)
    {
        var key = host.Arena.Allocate();
        X25519.GeneratePrivateKey(key, host.Random);
        return key;
    }

    private static PublicKey SomeKey(int number)
    {
        var bytes = new byte[PublicKey.SizeInBytes];
        new SeededRandom(number).Fill(bytes);
        return new PublicKey(bytes);
    }
}
