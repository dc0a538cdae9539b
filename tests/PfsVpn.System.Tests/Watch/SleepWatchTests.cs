using PfsVpn.Daemon.Bus;
using PfsVpn.Daemon.Watch;
using PfsVpn.SystemTests.Harness;

namespace PfsVpn.SystemTests.Watch;

/// <summary>The watch for sleep against a bus that speaks the real bytes.</summary>
public sealed class SleepWatchTests : IDisposable
{
    private static readonly SleepWatchSettings Impatient = new() { FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(20) };

    private readonly string _folder = Directory.CreateTempSubdirectory("guard-bus-").FullName;
    private readonly RecordingSleeper _sleeper = new();

    private string Socket => Path.Combine(_folder, "bus");

    private string Address => $"unix:path={Socket},guid=1";

    [Fact]
    public async Task The_lock_is_a_delay_of_sleep_and_is_held_until_the_keys_are_erased()
    {
        using var bus = new FakeBus(Socket);
        using var watch = new SleepWatch(Address, _sleeper, Impatient);
        using var inhibitor = bus.NextInhibitor();
        Assert.Equal(["sleep", "PfsVpn", "delay"], [inhibitor.Words[0], inhibitor.Words[1], inhibitor.Words[3]]);
        await watch.FirstLook.WaitAsync(Wait.Bound);
        Assert.True(watch.Holds);

        var erased = new TaskCompletionSource();
        _sleeper.Preparation = erased.Task;
        bus.SayPrepareForSleep(begins: true);
        Assert.Equal("prepare", _sleeper.Next());
        Assert.False(inhibitor.IsReleased);
        erased.SetResult();
        inhibitor.WaitForRelease();

        bus.SayPrepareForSleep(begins: false);
        Assert.Equal("resume", _sleeper.Next());
        using var next = bus.NextInhibitor();
        Assert.False(next.IsReleased);
    }

    [Fact]
    public void It_asks_for_the_signals_of_logind_only()
    {
        using var bus = new FakeBus(Socket);
        using var watch = new SleepWatch(Address, _sleeper, Impatient);
        var rules = new[] { bus.NextCall("AddMatch"), bus.NextCall("AddMatch") }.Select(static call =>
        {
            Assert.True(new BusReader(call.Body.Span).TryString(out var rule));
            return rule;
        }).ToArray();
        Assert.Contains("type='signal',sender='org.freedesktop.login1',path='/org/freedesktop/login1',interface='org.freedesktop.login1.Manager',member='PrepareForSleep'", rules, StringComparer.Ordinal);
        Assert.Contains("type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.login1'", rules, StringComparer.Ordinal);
        bus.NextInhibitor().Dispose();
    }

    [Fact]
    public void What_others_say_does_not_count()
    {
        using var bus = new FakeBus(Socket);
        using var watch = new SleepWatch(Address, _sleeper, Impatient);
        using var inhibitor = bus.NextInhibitor();
        bus.SayPrepareForSleep(begins: true, sender: ":1.66");
        bus.SayPrepareForSleep(begins: true, sender: "");
        bus.SayOwnerChanged(FakeBus.Logind, ":1.66", sender: ":1.66");
        // Calls, messages that are too long, of another byte order, or malformed in the body are passed over.
        bus.Peer.Send(new BusMessage(BusMessageKind.Call, 0) { Path = "/", Member = "Do", Sender = ":1.66" }, new BusWriter().String(new string('x', 100_000)));
        bus.Peer.SendRaw([(byte)'B', 4, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 8, 1, 1, (byte)'o', 0, 0, 0, 0, 1]);
        bus.Peer.Send(new BusMessage(BusMessageKind.Signal, 0) { Path = "/org/freedesktop/login1", Interface = FakeBus.Manager, Member = "PrepareForSleep", Sender = FakeBus.Logind }, new BusWriter().UInt32(7));
        bus.SayPrepareForSleep(begins: false);
        Assert.Equal("resume", _sleeper.Next());
        Assert.False(_sleeper.WasTold);
    }

    [Fact]
    public void A_descriptor_that_nobody_asked_for_is_closed()
    {
        using var bus = new FakeBus(Socket);
        using var watch = new SleepWatch(Address, _sleeper, Impatient);
        using var inhibitor = bus.NextInhibitor();
        using var unwanted = new Inhibitor();
        bus.Peer.Send(new BusMessage(BusMessageKind.Signal, 0) { Path = "/", Interface = "a.b", Member = "C", Sender = ":1.66" }, new BusWriter().Descriptor(0), unwanted.TheirEnd);
        unwanted.CloseTheirEnd();
        bus.SayPrepareForSleep(begins: false);
        Assert.Equal("resume", _sleeper.Next());
        unwanted.WaitForRelease();
    }

    [Fact]
    public void A_signal_that_comes_before_an_answer_is_not_lost()
    {
        using var bus = new FakeBus(Socket);
        using var watch = new SleepWatch(Address, _sleeper, Impatient);
        using var first = bus.NextInhibitor();
        // While the next lock is being asked for, the machine tries to sleep once more.
        bus.BeforeInhibit = peer => peer.Send(
            new BusMessage(BusMessageKind.Signal, 0) { Path = "/org/freedesktop/login1", Interface = FakeBus.Manager, Member = "PrepareForSleep", Sender = FakeBus.Logind }, new BusWriter().Boolean(true));
        bus.SayPrepareForSleep(begins: false);
        Assert.Equal("resume", _sleeper.Next());
        using var second = bus.NextInhibitor();
        bus.BeforeInhibit = null;
        Assert.Equal("prepare", _sleeper.Next());
        second.WaitForRelease();
    }

    [Fact]
    public async Task Without_a_bus_it_waits_for_one()
    {
        using var watch = new SleepWatch(Address, _sleeper, Impatient);
        await watch.FirstLook.WaitAsync(Wait.Bound);
        Assert.False(watch.Holds);
        Assert.Equal("there is no system bus (No such file or directory)", watch.State);
        using var bus = new FakeBus(Socket);
        using var inhibitor = bus.NextInhibitor();
        await Wait.UntilAsync("the lock", () => watch.Holds);
    }

    [Fact]
    public async Task It_survives_the_end_of_the_bus()
    {
        using var watch = new SleepWatch(Address, _sleeper, Impatient);
        for (var round = 0; round < 3; round++)
        {
            using var bus = new FakeBus(Socket);
            using var inhibitor = bus.NextInhibitor();
            await Wait.UntilAsync("the lock", () => watch.Holds);
            bus.Dispose();
            inhibitor.WaitForRelease();
            File.Delete(Socket);
            Assert.False(watch.Holds);
        }
    }

    [Fact]
    public async Task It_survives_the_end_of_logind_and_asks_a_new_one()
    {
        using var bus = new FakeBus(Socket) { HasLogind = false };
        using var watch = new SleepWatch(Address, _sleeper, Impatient);
        await watch.FirstLook.WaitAsync(Wait.Bound);
        Assert.Equal("logind cannot be asked (org.freedesktop.DBus.Error.ServiceUnknown)", watch.State);
        bus.HasLogind = true;
        bus.SayOwnerChanged("", FakeBus.Logind);
        using var first = bus.NextInhibitor();
        await Wait.UntilAsync("the lock", () => watch.Holds);
        bus.SayOwnerChanged(FakeBus.Logind, "");
        first.WaitForRelease();
        bus.SayOwnerChanged("", FakeBus.Logind);
        using var second = bus.NextInhibitor();
        Assert.False(second.IsReleased);
    }

    [Fact]
    public void Erasing_that_does_not_end_keeps_nobody_awake()
    {
        using var bus = new FakeBus(Socket);
        using var watch = new SleepWatch(Address, _sleeper, Impatient with { LongestDelay = TimeSpan.FromMilliseconds(50) });
        using var inhibitor = bus.NextInhibitor();
        _sleeper.Preparation = new TaskCompletionSource().Task;
        bus.SayPrepareForSleep(begins: true);
        inhibitor.WaitForRelease();
    }

    [Theory]
    [InlineData("REJECTED EXTERNAL\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("")]
    public async Task What_is_no_bus_does_no_harm(string answer)
    {
        using var listener = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        listener.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Socket));
        listener.Listen();
        using var watch = new SleepWatch(Address, _sleeper, Impatient with { AnswerInMilliseconds = 200 });
        using (var connection = listener.Accept())
        {
            connection.Send(System.Text.Encoding.ASCII.GetBytes(answer));
            await watch.FirstLook.WaitAsync(Wait.Bound);
        }
        Assert.False(watch.Holds);
        Assert.StartsWith("the system bus: ", watch.State, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
