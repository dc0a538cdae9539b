using PfsVpn.Timers;

namespace PfsVpn.Tests.Timers;

public sealed class PeerTimersTests
{
    private static readonly MonotonicTime Now = new(1_000_000_000_000);
    private static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(200);

    [Fact]
    public void The_events_of_the_paper_set_the_deadlines_of_the_paper()
    {
        var timers = new PeerTimers();
        Assert.Equal(MonotonicTime.Infinite, timers.Earliest);
        timers.HandshakeInitiated(Now, Jitter);
        Assert.Equal(5.2, At(timers, PeerTimer.RetransmitHandshake));
        timers.OweKeepalive(Now);
        Assert.Equal(10, At(timers, PeerTimer.SendKeepalive));
        timers.ExpectAnswer(Now, Jitter);
        Assert.Equal(15.2, At(timers, PeerTimer.NewHandshake));
        timers.KeepAlivePersistently(Now, 25);
        Assert.Equal(25, At(timers, PeerTimer.PersistentKeepalive));
        timers.SessionDerived(Now);
        Assert.Equal(540, At(timers, PeerTimer.ZeroKeyMaterial));
        Assert.Equal(5.2, (timers.Earliest - Now).TotalSeconds);
    }

    [Fact]
    public void A_complete_handshake_and_an_interval_of_zero_disarm()
    {
        var timers = new PeerTimers();
        timers.HandshakeInitiated(Now, Jitter);
        timers.Set(PeerTimer.DeferredHandshake, Now);
        timers.HandshakeComplete();
        timers.KeepAlivePersistently(Now, 25);
        timers.KeepAlivePersistently(Now, 0);
        Assert.Equal(MonotonicTime.Infinite, timers.Earliest);
    }

    [Fact]
    public void Timers_that_end_keys_fire_before_timers_that_send()
    {
        var timers = new PeerTimers();
        foreach (var timer in Enum.GetValues<PeerTimer>()) timers.Set(timer, Now);
        var order = new List<PeerTimer>();
        while (timers.TryTakeDue(Now, out var timer)) order.Add(timer);
        Assert.Equal(Enum.GetValues<PeerTimer>().Length, order.Count);
        var lastEnd = order.FindLastIndex(static timer => timer is PeerTimer.EndKeypair or PeerTimer.EndPrevious or PeerTimer.ZeroKeyMaterial or PeerTimer.EndCookie);
        Assert.Equal(3, lastEnd);
    }

    [Fact]
    public void A_timer_is_due_at_its_moment_and_taken_once()
    {
        var timers = new PeerTimers();
        timers.Set(PeerTimer.SendKeepalive, Now);
        Assert.False(timers.TryTakeDue(new MonotonicTime(Now.Nanoseconds - 1), out _));
        Assert.True(timers.TryTakeDue(Now, out var timer));
        Assert.Equal(PeerTimer.SendKeepalive, timer);
        Assert.False(timers.IsArmed(timer));
        Assert.False(timers.TryTakeDue(Now, out _));
    }

    [Fact]
    public void All_can_be_disarmed()
    {
        var timers = new PeerTimers();
        foreach (var timer in Enum.GetValues<PeerTimer>()) timers.Set(timer, Now);
        timers.CancelAll();
        Assert.All(Enum.GetValues<PeerTimer>(), timer => Assert.False(timers.IsArmed(timer)));
    }

    private static double At(in PeerTimers timers, PeerTimer timer) => (timers.At(timer) - Now).TotalSeconds;
}
