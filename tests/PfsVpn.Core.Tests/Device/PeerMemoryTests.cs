using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Packets;
using PfsVpn.Tests.Simulation;

namespace PfsVpn.Tests.Device;

/// <summary>What a peer costs that does nothing.</summary>
[Collection(nameof(Alone))]
public sealed class PeerMemoryTests
{
    private const int Peers = 5000;
    private const int MostBytesPerPeer = 2048;

    [Fact]
    public void An_idle_peer_with_a_preshared_key_and_two_allowed_IPs_takes_less_than_2_KB_beside_its_key_slots()
    {
        using var pair = new Pair();
        var host = pair.Alice;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var slots = host.Arena.SlotsInUse;
        for (var first = 0; first < Peers; first += 500) AddPeers(host, first, 500);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.Equal(Peers + 1, host.Device.Peers.Count);
        Assert.InRange(bytes / Peers, 100, MostBytesPerPeer);

        // Two slots each: the pre-shared key, and the precomputed static-static secret.
        Assert.Equal(2 * Peers, host.Arena.SlotsInUse - slots);
    }

    private static void AddPeers(PfsVpn.TestSupport.Simulation.SimulatedHost host, int first, int count)
    {
        var change = new DeviceChange();
        for (var number = first; number < first + count; number++)
        {
            using var secret = host.Arena.Allocate();
            secret.Randomize(host.Random);
            var publicKey = X25519.ComputePublicKey(secret);
            var peer = new PeerChange(publicKey) { PresharedKey = host.Arena.Allocate() };
            peer.PresharedKey.Randomize(host.Random);
            peer.AllowedIps.Add(new AllowedIpChange(new IpPrefix(new IpAddress(0x0B000000u + (uint)number), 32), Remove: false));
            peer.AllowedIps.Add(new AllowedIpChange(new IpPrefix(new IpAddress(0xFD00_0000_0000_0000, (ulong)number), 128), Remove: false));
            change.Peers.Add(peer);
        }
        host.Apply(change);
    }
}
