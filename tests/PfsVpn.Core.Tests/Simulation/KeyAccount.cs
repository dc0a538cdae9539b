using PfsVpn.Noise;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Simulation;

/// <summary>The ledger's account of a host beside what lies in its arena.</summary>
internal static class KeyAccount
{
    /// <summary>Slots of the arena that a host of the tests has beside its device's: the copy of its private key.</summary>
    private const int OfTheTest = 1;

    private static readonly (KeyKind Kind, int Slots)[] Sizes =
    [
        (KeyKind.Keypair, 2), (KeyKind.HandshakeSecrets, 3), (KeyKind.ReceivedCookie, 1), (KeyKind.CookieSecret, 1),
        (KeyKind.StaticPrivateKey, 1), (KeyKind.StaticStaticSecret, 1), (KeyKind.PresharedKey, 1),
    ];

    /// <summary>Asserts that the keys that exist by the ledger are those whose bytes are there, of each kind and in all.</summary>
    public static void AssertTrue(SimulatedHost host)
    {
        var (device, ledger) = (host.Device, host.Device.Ledger);
        Assert.Equal(device.Peers.All.Sum(static peer => Count(peer.Keypairs.Previous, peer.Keypairs.Current, peer.Keypairs.Next)), ledger.Alive);
        Assert.Equal(device.Peers.All.Count(static peer => peer.Handshake.State != HandshakeState.None), ledger.AliveOf(KeyKind.HandshakeSecrets));
        Assert.Equal(device.Peers.All.Count(static peer => peer.Cookies.NextDeadline is not null), ledger.AliveOf(KeyKind.ReceivedCookie));
        Assert.Equal(device.CookieChecker?.NextDeadline is null ? 0 : 1, ledger.AliveOf(KeyKind.CookieSecret));
        Assert.Equal(device.Identity is null ? 0 : 1, ledger.AliveOf(KeyKind.StaticPrivateKey));
        Assert.Equal(device.Peers.All.Count(static peer => peer.Remote.HasStaticStatic), ledger.AliveOf(KeyKind.StaticStaticSecret));
        Assert.Equal(device.Peers.All.Count(static peer => peer.Remote.PresharedKey is not null), ledger.AliveOf(KeyKind.PresharedKey));
        Assert.Equal(OfTheTest + Sizes.Sum(size => size.Slots * ledger.AliveOf(size.Kind)), host.LivingSecrets);
    }

    private static int Count(params ReadOnlySpan<Keypair?> keypairs)
    {
        var count = 0;
        foreach (var keypair in keypairs) count += keypair is null ? 0 : 1;
        return count;
    }
}
