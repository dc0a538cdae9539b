using PfsVpn.Crypto;
using PfsVpn.TestSupport.Simulation;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Tests.Transport;

/// <summary>How a keypair follows its life.</summary>
public sealed class KeyLifeTests
{
    private static readonly MonotonicTime Start = new(1_000_000_000);

    [Theory]
    [InlineData(10, 15, 10)]
    [InlineData(30, 45, 30)]
    [InlineData(60, 90, 75)]
    [InlineData(119, 178.5, 163.5)]
    [InlineData(120, 180, 165)]
    public void The_ages_follow_from_N(ushort n, double reject, double receive)
    {
        var life = new KeyLife(n, 0);
        Assert.Equal((n, reject, receive), (life.RekeyAfter.TotalSeconds, life.RejectAfter.TotalSeconds, life.ReceiveRekeyAfter.TotalSeconds));
        Assert.Equal(n < 120, life.IsShorter);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void With_a_shorter_life_either_role_wants_a_successor(bool isInitiator)
    {
        using var arena = SecretArena.Create();
        var keypair = Make(arena, isInitiator, new KeyLife(40, 0));
        Assert.Equal((false, true), (keypair.WantsRekeyOnSend(After(39.9)), keypair.WantsRekeyOnSend(After(40))));
        Assert.Equal((false, true), (keypair.WantsRekeyOnReceive(After(44.9)), keypair.WantsRekeyOnReceive(After(45))));
        Assert.Equal((true, false), (keypair.IsFresh(After(59.9)), keypair.IsFresh(After(60))));
        Assert.Equal((true, false), (keypair.MayOpen(After(59.9)), keypair.MayOpen(After(60))));
        Assert.Equal(!isInitiator, keypair.YieldsToInitiator);
        keypair.End(KeyEndReason.Shutdown);
    }

    [Fact]
    public void Bytes_both_ways_make_it_want_a_successor_but_do_not_end_it()
    {
        using var arena = SecretArena.Create();
        var keypair = Make(arena, isInitiator: false, new KeyLife(120, 1_000_000));
        keypair.AddBytes(999_999);
        Assert.False(keypair.WantsRekey(After(0)));
        keypair.AddBytes(1);
        Assert.True(keypair.WantsRekeyOnSend(After(0)) && keypair.WantsRekeyOnReceive(After(0)));
        Assert.True(keypair.IsFresh(After(179)) && keypair.MayOpen(After(179)));
        keypair.End(KeyEndReason.Shutdown);
    }

    [Fact]
    public void A_living_keypair_only_gets_shorter()
    {
        using var arena = SecretArena.Create();
        var keypair = Make(arena, isInitiator: true, KeyLife.Standard);
        keypair.Follow(new KeyLife(60, 0), After(1));
        Assert.Equal(After(90), keypair.RejectAt);
        keypair.Follow(new KeyLife(100, 5), After(2));
        Assert.Equal(After(90), keypair.RejectAt);
        Assert.Equal(new KeyLife(60, 5), keypair.Life);
        Assert.True(keypair.WantsRekeyOnSend(After(60)));
        keypair.Follow(KeyLife.Standard, After(3));
        Assert.Equal((After(90), new KeyLife(60, 0)), (keypair.RejectAt, keypair.Life));
        keypair.End(KeyEndReason.Shutdown);
    }

    [Fact]
    public void A_keypair_older_than_its_new_life_ends_now_and_not_in_the_past()
    {
        using var arena = SecretArena.Create();
        var keypair = Make(arena, isInitiator: true, KeyLife.Standard);
        keypair.Follow(new KeyLife(10, 0), After(100));
        Assert.Equal((After(100), After(100)), (keypair.RejectAt, keypair.Deadline));
        Assert.False(keypair.IsFresh(After(100)));
        keypair.End(KeyEndReason.TooOld);
    }

    [Fact]
    public void Once_ended_it_grants_no_counter_even_under_a_lease()
    {
        using var arena = SecretArena.Create();
        var keypair = Make(arena, isInitiator: true, KeyLife.Standard);
        Assert.True(keypair.TryAcquire());
        Assert.Equal(5, keypair.ReserveCounters(5, out _));
        keypair.End(KeyEndReason.MachineCloned);
        Assert.Equal(0, keypair.ReserveCounters(1, out _));
        Assert.Equal(5UL, keypair.MessagesSent);
        Assert.Equal(2, arena.SlotsInUse);
        keypair.Release();
        Assert.Equal(0, arena.SlotsInUse);
    }

    private static MonotonicTime After(double seconds) => Start + TimeSpan.FromSeconds(seconds);

    private static Keypair Make(SecretArena arena, bool isInitiator, KeyLife life)
    {
        var (send, receive) = (arena.Allocate(), arena.Allocate());
        send.Randomize(new SeededRandom(1));
        receive.Randomize(new SeededRandom(2));
        return new Keypair(send, receive, 1, 2, isInitiator, Start, life);
    }
}
