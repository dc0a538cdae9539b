using PfsVpn.Crypto;
using PfsVpn.Lab;
using PfsVpn.Lab.Hosting;
using PfsVpn.Packets;

namespace PfsVpn.Tests.Lab;

/// <summary>The parts of a lab process.</summary>
public sealed class LabHostingTests
{
    private static readonly IpAddress Own = IpAddress.TryParse("10.9.0.1", out var address) ? address : default;
    private static readonly IpAddress Peer = IpAddress.TryParse("10.9.0.2", out var address) ? address : default;

    [Fact]
    public void Seeded_keys_are_blocks_that_the_experiment_computes_again()
    {
        using var arena = SecretArena.Create(SecretArenaKind.LockedMemory);
        using var key = arena.Allocate();
        var source = new SeededSource(7);
        source.Fill(new byte[4]);
        key.Randomize(source);
        var block = new byte[32];
        SeededSource.Block(block, seed: 7, number: 1);
        Assert.Equal(block, key.Bytes.ToArray());
        SeededSource.Block(block, seed: 8, number: 1);
        Assert.NotEqual(block, key.Bytes.ToArray());
    }

    [Fact]
    public void A_device_without_ephemeral_keys_has_its_permanent_key_for_every_new_one()
    {
        using var arena = SecretArena.Create(SecretArenaKind.LockedMemory);
        using var permanent = arena.Allocate();
        using var ephemeral = arena.Allocate();
        using var source = new StaticKeySource(arena);
        X25519.GeneratePrivateKey(permanent, SystemRandom.Instance);
        source.Use(permanent);
        X25519.GeneratePrivateKey(ephemeral, source);
        Assert.True(SecretKey.FixedTimeEquals(permanent, ephemeral));
        var indices = new byte[8];
        source.Fill(indices.AsSpan(0, 4));
        source.Fill(indices.AsSpan(4, 4));
        Assert.False(indices.AsSpan(0, 4).SequenceEqual(permanent.Bytes[..4]));
    }

    [Fact]
    public void Settings_survive_the_command_line()
    {
        var settings = new LabHostSettings { Address = Own, Peer = Peer, Arena = SecretArenaKind.MemfdSecret, Randomness = LabRandomness.Seeded, Seed = 42 };
        Assert.Equal(settings, LabHostSettings.Parse(settings.ToWords()));
        settings = settings with { Arena = SecretArenaKind.LockedMemory, Randomness = LabRandomness.StaticKey, Seed = 0 };
        Assert.Equal(settings, LabHostSettings.Parse(settings.ToWords()));
        Assert.Throws<LabException>(static () => LabHostSettings.Parse(["address=10.0.0.1"]));
        Assert.Throws<LabException>(() => LabHostSettings.Parse([.. settings.ToWords(), "colour=red"]));
    }

    [Fact]
    public void Packets_are_IPv4_with_the_marker_and_the_marker_is_forgotten_once_they_are_taken()
    {
        using var traffic = new LabTraffic(Own, Peer);
        var marker = "a marker for this test"u8.ToArray();
        traffic.Send(2, marker);
        Assert.Equal(0, traffic.MillisecondsToNext());
        Assert.Equal(2, traffic.Take(limit: 8));
        var packet = new byte[2048];
        for (var i = 0; i < 2; i++)
        {
            var length = traffic.Write(packet);
            Assert.Equal(0x45, packet[0]);
            Assert.Equal(length, (packet[2] << 8) | packet[3]);
            Assert.True(packet.AsSpan(0, length).IndexOf(marker) > 0);
        }
        traffic.Taken();
        traffic.Send(1, []);
        traffic.Take(limit: 8);
        Assert.True(packet.AsSpan(0, traffic.Write(packet)).IndexOf(marker) < 0);
        Assert.Equal(-1, traffic.MillisecondsToNext());
    }
}
