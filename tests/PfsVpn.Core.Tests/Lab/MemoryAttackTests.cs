using PfsVpn.Crypto;
using PfsVpn.Lab.Seizure;

namespace PfsVpn.Tests.Lab;

/// <summary>The search of a memory for keys finds what is there, wherever it is, and nothing else.</summary>
public sealed class MemoryAttackTests
{
    private const int ImageBytes = 200_000;

    private static readonly Random Random = new(20260101);
    private static readonly byte[] First = Bytes(32), Second = Bytes(32), Gone = Bytes(32);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(32_767)]
    [InlineData(65_521)]
    [InlineData(100_003)]
    [InlineData(ImageBytes - 32)]
    public void A_key_is_found_at_any_byte(int place)
    {
        var image = Bytes(ImageBytes);
        First.CopyTo(image, place);
        var found = Attack(image, RecordedWire.Session(First, Gone));
        Assert.Equal(First, Assert.Single(found).Key);
    }

    [Fact]
    public void Both_keys_of_a_session_are_found_and_that_of_another_is_not()
    {
        var image = Bytes(ImageBytes);
        First.CopyTo(image, 777);
        Second.CopyTo(image, 4096);
        var found = Attack(image, RecordedWire.Session(First, Second), RecordedWire.Session(Gone, Gone));
        Assert.Equal(2, found.Count);
        Assert.Contains(found, key => key.Key.AsSpan().SequenceEqual(First));
        Assert.Contains(found, key => key.Key.AsSpan().SequenceEqual(Second));
    }

    [Fact]
    public void A_key_with_one_wrong_bit_is_none()
    {
        var image = Bytes(ImageBytes);
        First.CopyTo(image, 777);
        image[777 + 31] ^= 0x80;
        Assert.Empty(Attack(image, RecordedWire.Session(First, Second)));
    }

    [Fact]
    public void IPv6_and_long_packets_are_known_by_their_beginning()
    {
        var image = Bytes(ImageBytes);
        First.CopyTo(image, 12_345);
        var session = new RecordedSession(RecordedWire.Initiation(1, 0, 0), RecordedWire.Response(2, 1, 1, 0));
        session.Data[0].Add(RecordedWire.Data(First, 5, 1377, isV6: true));
        session.Data[1].Add(RecordedWire.Data(Second, 9, 1420));
        Assert.Equal(First, Assert.Single(Attack(image, session)).Key);
    }

    [Fact]
    public void A_direction_with_nothing_but_keepalives_is_known_by_its_tag()
    {
        var image = Bytes(ImageBytes);
        First.CopyTo(image, 54_321);
        var session = new RecordedSession(RecordedWire.Initiation(1, 0, 0), RecordedWire.Response(2, 1, 1, 0));
        session.Data[0].Add(RecordedWire.Data(First, 3, innerLength: 0));
        session.Data[1].Add(RecordedWire.Data(Second, 0, 60));
        Assert.Equal(First, Assert.Single(Attack(image, session)).Key);
    }

    [Fact]
    public void What_is_found_opens_its_own_messages_and_no_others()
    {
        FoundKey[] keys = [new(First, "")];
        Assert.True(Attacker.IsRead(RecordedWire.Data(First, 17, 500), keys));
        Assert.True(Attacker.IsRead(RecordedWire.Data(First, 18, 0), keys));
        Assert.False(Attacker.IsRead(RecordedWire.Data(Second, 17, 500), keys));
        Assert.False(Attacker.IsRead(RecordedWire.Data(First, 17, 500), []));
    }

    [Fact]
    public void One_counter_serves_all_directions_that_have_it()
    {
        var all = KeyProbe.Plan([RecordedWire.Session(First, Second), RecordedWire.Session(Gone, Gone)]);
        Assert.Equal(4, Assert.Single(all).Targets.Count);
        var other = new RecordedSession(RecordedWire.Initiation(1, 0, 0), RecordedWire.Response(2, 1, 1, 0));
        other.Data[0].Add(RecordedWire.Data(First, 6, 60));
        other.Data[1].Add(RecordedWire.Data(Second, 0, innerLength: 0));
        var probes = KeyProbe.Plan([RecordedWire.Session(First, Second), other]);
        Assert.Equal([(0UL, false, 2), (6UL, false, 1), (0UL, true, 1)], probes.Select(probe => (probe.Counter, probe.IsEmpty, probe.Targets.Count)));
    }

    [Fact]
    public void Memory_of_zeros_costs_nothing_and_an_ephemeral_private_key_is_known_by_its_public_key()
    {
        var image = new byte[ImageBytes];
        using var attack = new MemoryAttack([], new HashSet<PublicKey> { Noise.NoiseSide.PublicOf(First) });
        attack.Try(image, "zeros");
        Assert.Equal((0, 0), (attack.Windows, attack.Multiplied));
        byte[] clamped = [.. First];
        clamped[0] &= 248;
        clamped[31] = (byte)((clamped[31] & 127) | 64);
        clamped.CopyTo(image, 800);
        attack.Try(image, "an image that cannot be written", isWritable: false);
        Assert.Empty(attack.PrivateKeys);
        attack.Try(image, "an image");
        Assert.Equal(clamped, Assert.Single(attack.PrivateKeys));
    }

    /// <summary>How many different bytes 32 random ones have, exactly: it is a chain that either meets a new value or an old one.</summary>
    [Fact]
    public void Hardly_any_key_is_left_out_for_having_few_different_bytes()
    {
        var probability = new double[33];
        probability[0] = 1;
        for (var drawn = 0; drawn < 32; drawn++)
        {
            for (var distinct = drawn + 1; distinct >= 1; distinct--)
                probability[distinct] = (probability[distinct] * distinct / 256) + (probability[distinct - 1] * (257 - distinct) / 256);
            probability[0] = 0;
        }
        Assert.InRange(probability.Take(EphemeralWindows.DistinctBytes).Sum(), 0, 1e-7);
    }

    private static List<FoundKey> Attack(byte[] image, params RecordedSession[] sessions)
    {
        using var attack = new MemoryAttack(KeyProbe.Plan(sessions), new HashSet<PublicKey>());
        attack.Try(image, "an image");
        Assert.InRange(attack.Windows, image.Length - 32, image.Length + 16);
        return [.. attack.Keys];
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        Random.NextBytes(bytes);
        return bytes;
    }
}
