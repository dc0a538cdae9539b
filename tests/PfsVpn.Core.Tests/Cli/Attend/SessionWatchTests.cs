using PfsVpn.Cli.Attend;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Cli.Attend;

/// <summary>When a peer counts as reached.</summary>
public sealed class SessionWatchTests
{
    [Fact]
    public void A_peer_is_reached_with_its_first_session_and_gone_when_it_had_none_for_three_minutes()
    {
        var watch = new SessionWatch();
        var events = new List<(int, SessionEvent)>();
        for (var second = 1; second <= 1000; second++)
        {
            // Sessions from 10 to 300 and from 400 to 500; the pause between them is too short to count.
            var what = watch.See(second is (>= 10 and < 300) or (>= 400 and < 500), new MonotonicTime(second * 1_000_000_000L));
            if (what != SessionEvent.None) events.Add((second, what));
        }
        Assert.Equal([(10, SessionEvent.Connect), (679, SessionEvent.Disconnect)], events);
        Assert.Equal(SessionEvent.None, watch.End());
    }
}
