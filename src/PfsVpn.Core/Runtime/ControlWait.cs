using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>How the control loop sleeps: until somebody asks for it, a deadline on the boot clock, or the machine wakes from its own sleep.</summary>
/// <remarks>
/// Threading: <see cref="Wake"/> from any thread, the rest from the control loop.
/// Safety: the loop says that it sleeps, looks once more for work, and only then blocks; a wake-up in between is kept by the event.
/// While it is awake, waking it costs one read.
/// A timer on the wall clock that is never due is canceled when that clock is set, and so also when the machine resumes (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET).
/// </remarks>
internal sealed unsafe class ControlWait : IDisposable
{
    private readonly WakeEvent _event = new();
    private readonly int _timer;
    private readonly int _wallClock;
    private int _sleeping;

    public ControlWait()
    {
        _timer = Libc.timerfd_create(Libc.CLOCK_BOOTTIME, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK);
        _wallClock = Libc.timerfd_create(Libc.CLOCK_REALTIME, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK);
        if (_timer < 0 || _wallClock < 0) throw new IOException($"timerfd_create failed with error {Marshal.GetLastPInvokeError()}.");
        var never = default(Libc.itimerspec);
        never.it_value.tv_sec = int.MaxValue * 2L;
        _ = Libc.timerfd_settime(_wallClock, Libc.TFD_TIMER_ABSTIME | Libc.TFD_TIMER_CANCEL_ON_SET, &never, null);
    }

    /// <summary>Makes the loop look for work.</summary>
    public void Wake()
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _sleeping) != 0 && Interlocked.Exchange(ref _sleeping, 0) != 0) _event.Set();
    }

    /// <summary>Sleeps until <paramref name="deadline"/> or a wake-up, unless <paramref name="hasWork"/> says that there is something to do.</summary>
    public void Sleep(MonotonicTime deadline, Func<bool> hasWork)
    {
        Interlocked.Exchange(ref _sleeping, 1);
        if (!hasWork()) Block(deadline);
        Interlocked.Exchange(ref _sleeping, 0);
        _event.Drain();
    }

    public void Dispose()
    {
        _event.Dispose();
        _ = Libc.close(_timer);
        _ = Libc.close(_wallClock);
    }

    private void Block(MonotonicTime deadline)
    {
        Arm(deadline);
        var descriptors = stackalloc Libc.pollfd[3];
        descriptors[0] = new Libc.pollfd { fd = _event.Descriptor, events = Libc.POLLIN };
        descriptors[1] = new Libc.pollfd { fd = _timer, events = Libc.POLLIN };
        descriptors[2] = new Libc.pollfd { fd = _wallClock, events = Libc.POLLIN };
        _ = Libc.poll(descriptors, 3, -1);
        if (descriptors[2].revents == 0) return;
        ulong count;
        _ = Libc.read(_wallClock, &count, sizeof(ulong));
    }

    private void Arm(MonotonicTime deadline)
    {
        var value = default(Libc.itimerspec);
        if (deadline != MonotonicTime.Infinite)
        {
            var nanoseconds = Math.Max(deadline.Nanoseconds, 1);
            value.it_value.tv_sec = nanoseconds / 1_000_000_000;
            value.it_value.tv_nsec = nanoseconds % 1_000_000_000;
        }
        _ = Libc.timerfd_settime(_timer, Libc.TFD_TIMER_ABSTIME, &value, null);
    }
}
