using System.Collections.Concurrent;
using System.Diagnostics;
using PfsVpn.Crypto;
using PfsVpn.Device;

namespace PfsVpn.Runtime;

/// <summary>
/// The one thread that owns handshakes, timers, configuration and the ends of keys. It cannot be flooded: due keys are erased first, and at most a
/// millisecond of handshakes or configuration runs between two looks at the timers.
/// </summary>
/// <remarks>Threading: posting, <see cref="Wake"/> and <see cref="Stop"/> from any thread.</remarks>
internal sealed class ControlLoop : IDisposable
{
    private static readonly long SliceTicks = Stopwatch.Frequency / 1000;

    private readonly WireGuardDevice _device;
    private readonly UdpTransport _udp;
    private readonly IRandomSource _random;
    private readonly WatchdogBeat _beat;
    private readonly SuspendDetector _suspends;
    private readonly ControlWait _wait = new();
    private readonly ConcurrentQueue<IEnumerator<bool>> _jobs = new();
    private readonly ConcurrentQueue<Action> _urgent = new();
    private readonly Func<bool> _hasWork;
    private IEnumerator<bool>? _job;
    private readonly Lock _gate = new();
    private volatile bool _stopping;
    private bool _ended;

    public ControlLoop(WireGuardDevice device, UdpTransport udp, IRandomSource random, SystemdNotifier? notifier = null, Func<ClockReading>? clocks = null)
    {
        _device = device;
        _udp = udp;
        _random = random;
        _beat = new WatchdogBeat(notifier);
        _suspends = new SuspendDetector(clocks ?? BootClock.Both);
        _hasWork = () => _stopping || _device.HasControlWork || !_jobs.IsEmpty || !_urgent.IsEmpty;
        device.ControlRequested = Wake;
    }

    /// <summary>The time, and the way out, at this moment.</summary>
    public ControlStep Step() => new(BootClock.Now, BootClock.WallClock, _random, _udp);

    /// <summary>Runs a job slice by slice, after those that were posted before it; false where the loop has ended and will not.</summary>
    public bool Post(IEnumerator<bool> job)
    {
        lock (_gate)
        {
            if (_ended) return false;
            _jobs.Enqueue(job);
        }
        Wake();
        return true;
    }

    /// <summary>Runs a short piece of work; false where the loop has ended and will not.</summary>
    public bool Post(Action work) => Post(Once(work));

    /// <summary>Runs a piece of work before anything else, also before jobs that are half done; false where the loop has ended and will not.</summary>
    public bool PostUrgent(Action work)
    {
        lock (_gate)
        {
            if (_ended) return false;
            _urgent.Enqueue(work);
        }
        Wake();
        return true;
    }

    /// <summary>Makes the loop look for work.</summary>
    public void Wake() => _wait.Wake();

    /// <summary>Ends the loop; jobs that wait are run to their end first.</summary>
    public void Stop()
    {
        _stopping = true;
        Wake();
    }

    /// <summary>Runs until <see cref="Stop"/>.</summary>
    public void Run()
    {
        while (!_stopping)
        {
            RunUrgent();
            var step = Step();
            _beat.Beat(step.Now);
            if (_suspends.Observe() is var slept && slept > TimeSpan.Zero) _device.AfterSuspend(step, slept);
            _device.ProcessDeadlines(step);
            _device.ProcessSignals(step);
            var busy = ProcessHandshakes();
            busy |= RunJobs();
            if (busy) continue;
            StackScrubber.ScrubDeep();
            _wait.Sleep(_device.NextDeadline is var next && next < _beat.Next ? next : _beat.Next, _hasWork);
        }
        do
        {
            RunUrgent();
            while (RunJobs())
            {
            }
        }
        while (!TryEnd());
    }

    public void Dispose() => _wait.Dispose();

    private bool TryEnd()
    {
        lock (_gate) return _ended = _jobs.IsEmpty && _urgent.IsEmpty;
    }

    private bool ProcessHandshakes()
    {
        var end = Stopwatch.GetTimestamp() + SliceTicks;
        while (_device.ProcessHandshake(Step()))
            if (Stopwatch.GetTimestamp() >= end) return true;
        return false;
    }

    private void RunUrgent()
    {
        while (_urgent.TryDequeue(out var work)) work();
    }

    private bool RunJobs()
    {
        var end = Stopwatch.GetTimestamp() + SliceTicks;
        while (_job is not null || _jobs.TryDequeue(out _job))
        {
            if (!_job.MoveNext())
            {
                _job.Dispose();
                _job = null;
            }
            if (Stopwatch.GetTimestamp() >= end) return true;
        }
        return false;
    }

    private static IEnumerator<bool> Once(Action work)
    {
        work();
        yield break;
    }
}
