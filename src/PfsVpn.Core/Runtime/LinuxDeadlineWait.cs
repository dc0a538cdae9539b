using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>Waits with a timer on the boot clock.</summary>
/// <remarks>
/// References: timerfd_create(2). A second timer, on the wall clock and never due, is canceled when that clock is set, and so also when the machine resumes (TFD_TIMER_CANCEL_ON_SET).
/// </remarks>
internal sealed unsafe class LinuxDeadlineWait : IDeadlineWait
{
    private readonly WakeEvent _event;
    private readonly int _timer;
    private readonly int _wallClock;

    /// <summary>Makes the timers.</summary>
    /// <exception cref="IOException">The process has no descriptor left.</exception>
    public LinuxDeadlineWait(WakeEvent wake)
    {
        _event = wake;
        _timer = Libc.timerfd_create(Libc.CLOCK_BOOTTIME, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK);
        _wallClock = Libc.timerfd_create(Libc.CLOCK_REALTIME, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK);
        if (_timer < 0 || _wallClock < 0) throw new IOException($"timerfd_create failed with error {Marshal.GetLastPInvokeError()}.");
        var never = default(Libc.itimerspec);
        never.it_value.tv_sec = int.MaxValue * 2L;
        _ = Libc.timerfd_settime(_wallClock, Libc.TFD_TIMER_ABSTIME | Libc.TFD_TIMER_CANCEL_ON_SET, &never, null);
    }

    /// <inheritdoc/>
    public void Block(MonotonicTime deadline)
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = Libc.close(_timer);
        _ = Libc.close(_wallClock);
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
