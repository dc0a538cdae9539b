using PfsVpn.Timers;

namespace PfsVpn.Tests.Timers;

public sealed class PeerActivityTests
{
    private static readonly MonotonicTime One = new(1), Two = new(2), Three = new(3);

    [Fact]
    public void The_first_packet_asks_for_the_timer_and_no_other()
    {
        var activity = new PeerActivity();
        Assert.True(activity.DataSent(One));
        Assert.False(activity.DataSent(Two));
        Assert.True(activity.DataReceived(One));
        Assert.False(activity.DataReceived(Two));
        Assert.Equal(One, activity.UnansweredSince);
        Assert.Equal(One, activity.KeepaliveOwedSince);
        Assert.Equal(Two, activity.LastDataReceived);
    }

    [Fact]
    public void Whatever_is_received_answers_and_whatever_is_sent_pays()
    {
        var activity = new PeerActivity();
        activity.DataSent(One);
        activity.AnyReceived(Two);
        Assert.True(activity.UnansweredSince.IsUnset);
        activity.DataReceived(Two);
        activity.AnySent(Three);
        Assert.True(activity.KeepaliveOwedSince.IsUnset);
        Assert.Equal(Three, activity.LastTraversal);
    }

    [Fact]
    public void Traffic_that_goes_on_asks_for_no_timer_while_one_is_armed()
    {
        var activity = new PeerActivity();
        Assert.True(activity.DataSent(One));
        activity.AnyReceived(One);
        Assert.False(activity.DataSent(Two));
        // The timer fires, sees data newer than it was armed for, and is armed again for the rest: it stays armed.
        Assert.Equal(Two, activity.UnansweredSince);
        activity.AnyReceived(Three);
        Assert.False(activity.DisarmNewHandshake());
        Assert.True(activity.DataSent(Three));
    }

    [Fact]
    public void Data_noted_while_a_timer_is_disarmed_is_not_forgotten()
    {
        var activity = new PeerActivity();
        activity.DataSent(One);
        Assert.True(activity.DisarmNewHandshake());
        activity.DataReceived(One);
        Assert.True(activity.DisarmKeepalive());
        activity.ForgiveUnanswered();
        activity.ForgiveKeepalive();
        Assert.False(activity.DisarmNewHandshake());
        Assert.False(activity.DisarmKeepalive());
    }

    [Fact]
    public void Everything_can_be_forgotten()
    {
        var activity = new PeerActivity();
        activity.DataSent(One);
        activity.DataReceived(One);
        activity.Staged(One);
        activity.Reset();
        Assert.True(activity.UnansweredSince.IsUnset && activity.KeepaliveOwedSince.IsUnset && activity.LastDataReceived.IsUnset);
        Assert.True(activity.LastTraversal.IsUnset && activity.LastStaged.IsUnset);
        Assert.True(activity.DataSent(Two));
        Assert.True(activity.DataReceived(Two));
    }
}
