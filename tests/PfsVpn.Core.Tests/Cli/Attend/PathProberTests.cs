using PfsVpn.Cli.Attend;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Cli.Attend;

/// <summary>When paths are measured, and what holds in between.</summary>
public sealed class PathProberTests : IDisposable
{
    private static readonly IpAddress Endpoint = new(0x20010DB800000000, 1);
    private readonly Queue<int?> _sizes = new();
    private readonly AutoResetEvent _measured = new(false);
    private readonly PathProber _prober;
    private int _asked;

    public PathProberTests() => _prober = new PathProber(_ => _sizes.Dequeue(), () =>
    {
        _asked++;
        _measured.Set();
    });

    [Theory]
    [InlineData(true, true, false)]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    public void Only_connected_peers_over_IPv6_are_measured(bool isV4, bool isConnected, bool isConcerned) =>
        Assert.Equal(isConcerned, PathProber.IsConcerned(new PeerPath(new EndpointAddress(isV4 ? new IpAddress(0x01020304) : Endpoint, 1), isConnected, [])));

    [Fact]
    public void A_path_is_first_seen_once_and_when_it_is_connected()
    {
        Assert.False(_prober.IsFirstSeen(new PeerPath(new EndpointAddress(Endpoint, 1), IsConnected: false, [])));
        Assert.True(_prober.IsFirstSeen(new PeerPath(new EndpointAddress(Endpoint, 1), IsConnected: true, [])));
        Assert.False(_prober.IsFirstSeen(new PeerPath(new EndpointAddress(Endpoint, 2), IsConnected: true, [])));
    }

    [Fact]
    public void A_path_is_measured_when_it_is_new_and_again_after_ten_minutes()
    {
        Assert.Equal(1400, Measure(1400, 1500, 0));
        Assert.Null(Measure(null, 1500, 599, isAsked: false));
        Assert.Equal(1452, Measure(1452, 1500, 600));
    }

    [Fact]
    public void Where_nobody_answers_what_was_measured_holds_and_it_is_tried_again_after_a_minute()
    {
        Assert.Equal(1400, Measure(1400, 1500, 0));
        Assert.Equal(1400, Measure(null, 1500, 600));
        Measure(null, 1500, 659, isAsked: false);
        Assert.Equal(1300, Measure(1300, 1500, 660));
    }

    [Fact]
    public void A_path_that_the_kernel_finds_changed_is_another_one()
    {
        Assert.Equal(1400, Measure(1400, 1500, 0));
        Assert.Null(Measure(null, 9000, 1));
    }

    [Fact]
    public void What_is_being_measured_is_not_measured_twice()
    {
        _sizes.Enqueue(1400);
        var question = new PathQuestion(Endpoint, [], 1500, 1420, 0);
        _prober.Ask(question, default);
        _prober.Ask(question, default);
        _measured.WaitOne();
        _prober.Ask(question, default);
        Assert.True(_prober.TakeAnswers(default));
        Assert.False(_prober.TakeAnswers(default));
        Assert.Equal(1, _asked);
    }

    public void Dispose() => _measured.Dispose();

    private int? Measure(int? size, int most, int seconds, bool isAsked = true)
    {
        var now = default(MonotonicTime) + TimeSpan.FromSeconds(seconds);
        if (isAsked) _sizes.Enqueue(size);
        _prober.Ask(new PathQuestion(Endpoint, [], most, 1420, 0), now);
        if (!isAsked)
        {
            Assert.False(_prober.TakeAnswers(now));
            return null;
        }
        _measured.WaitOne();
        Assert.True(_prober.TakeAnswers(now));
        return _prober.SizeOf(Endpoint);
    }
}
