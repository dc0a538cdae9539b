using Microsoft.Extensions.Logging.Abstractions;
using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Runtime;

namespace PfsVpn.Tests.Runtime;

public sealed class ControlLoopTests : IDisposable
{
    private readonly SecretArena _arena = SecretArena.Create();
    private readonly WireGuardDevice _device;
    private readonly UdpTransport _udp = new();
    private readonly ControlLoop _loop;
    private readonly Thread _thread;

    public ControlLoopTests()
    {
        _device = new WireGuardDevice(_arena, NullLogger.Instance, SystemRandom.Instance, static () => BootClock.Now);
        _loop = new ControlLoop(_device, _udp, SystemRandom.Instance);
        _thread = new Thread(_loop.Run) { IsBackground = true };
    }

    [Fact]
    public async Task What_is_urgent_goes_before_a_job_that_is_half_done_and_before_those_that_wait()
    {
        var order = new List<string>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isTold = false;
        // Without the urgent piece of work it would never end.
        _loop.Post(Job());
        _loop.Post(() => order.Add("next"));
        _loop.Post(done.SetResult);
        _thread.Start();
        await began.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(_loop.PostUrgent(() =>
        {
            order.Add("urgent");
            isTold = true;
        }));
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(["urgent", "job", "next"], order);

        IEnumerator<bool> Job()
        {
            began.SetResult();
            while (!isTold) yield return true;
            order.Add("job");
        }
    }

    [Fact]
    public async Task What_is_urgent_is_done_even_when_the_loop_ends_and_refused_when_it_has_ended()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(_loop.PostUrgent(done.SetResult));
        _loop.Stop();
        _thread.Start();
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        _thread.Join();
        Assert.False(_loop.PostUrgent(static () => { }));
    }

    public void Dispose()
    {
        _loop.Stop();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted)) _thread.Start();
        _thread.Join();
        _loop.Dispose();
        _udp.Dispose();
        _device.Dispose();
        _arena.Dispose();
    }
}
