using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Runtime;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Runtime;

public sealed class WatchdogTests : IDisposable
{
    private readonly SecretArena _arena = SecretArena.Create();
    private readonly NotifySocket _manager = new();
    private readonly UdpTransport _udp = new();

    [Fact]
    public async Task An_idle_control_loop_feeds_the_watchdog_and_a_stuck_one_does_not()
    {
        using var notifier = SystemdNotifier.FromEnvironment(_manager.Environment((SystemdNotifier.WatchdogVariable, "20000")));
        using var device = new WireGuardDevice(_arena, NullLogger.Instance, SystemRandom.Instance, static () => BootClock.Now);
        using var loop = new ControlLoop(device, _udp, SystemRandom.Instance, notifier);
        var thread = new Thread(loop.Run) { IsBackground = true };
        thread.Start();
        for (var beat = 0; beat < 3; beat++) Assert.Equal("WATCHDOG=1", _manager.Receive());

        using var released = new ManualResetEventSlim();
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            stuck.SetResult();
            released.Wait();
        });
        await stuck.Task;
        while (_manager.HasMessage) _manager.Receive();
        await Task.Delay(100);
        Assert.False(_manager.HasMessage);
        released.Set();
        Assert.Equal("WATCHDOG=1", _manager.Receive());
        loop.Stop();
        thread.Join();
    }

    [Fact]
    public void It_beats_twice_in_each_timeout_and_more_often_while_nobody_takes_it()
    {
        using var notifier = SystemdNotifier.FromEnvironment(_manager.Environment((SystemdNotifier.WatchdogVariable, "30000000")));
        var beat = new WatchdogBeat(notifier);
        var start = new MonotonicTime(1_000_000_000_000);
        beat.Beat(start);
        Assert.Equal(start + TimeSpan.FromSeconds(15), beat.Next);
        beat.Beat(start + TimeSpan.FromSeconds(14));
        Assert.Equal("WATCHDOG=1", _manager.Receive());
        Assert.False(_manager.HasMessage);

        _manager.Dispose();
        beat.Beat(start + TimeSpan.FromSeconds(15));
        Assert.Equal(start + TimeSpan.FromSeconds(16), beat.Next);
        Assert.Equal(MonotonicTime.Infinite, new WatchdogBeat(notifier: null).Next);
    }

    public void Dispose()
    {
        _manager.Dispose();
        _udp.Dispose();
        _arena.Dispose();
    }
}
