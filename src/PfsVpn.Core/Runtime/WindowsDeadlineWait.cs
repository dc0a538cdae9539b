using System.Runtime.InteropServices;
using PfsVpn.Interop;
using PfsVpn.Interop.Windows;
using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>Waits with two timers: one from now, which does not count time asleep, and one at the moment of the wall clock, which is due as soon as the machine is awake again.</summary>
/// <remarks>
/// References: Microsoft's pages CreateWaitableTimerExW, SetWaitableTimer, WaitForMultipleObjects. Windows says besides when it resumes (<see cref="PowerEvents"/>). Where it
/// says nothing and somebody sets the wall clock back, the longest sleep bounds how late the loop can be.
/// </remarks>
internal sealed unsafe class WindowsDeadlineWait : IDeadlineWait
{
    /// <summary>No wait is longer, whatever the deadline.</summary>
    internal static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(60);

    private readonly WakeEvent _event;
    private readonly nint _timer;
    private readonly nint _wallClock;
    private readonly PowerEvents? _power;

    /// <summary>Makes the timers, and asks to be told when the machine resumes.</summary>
    /// <exception cref="IOException">The system has no timer left.</exception>
    public WindowsDeadlineWait(WakeEvent wake)
    {
        _event = wake;
        // Reset by hand: setting such a timer surely takes back that it was due once.
        _timer = CreateTimer(Kernel32.CREATE_WAITABLE_TIMER_MANUAL_RESET | Kernel32.CREATE_WAITABLE_TIMER_HIGH_RESOLUTION);
        if (_timer == 0) _timer = CreateTimer(Kernel32.CREATE_WAITABLE_TIMER_MANUAL_RESET);
        _wallClock = CreateTimer(Kernel32.CREATE_WAITABLE_TIMER_MANUAL_RESET);
        if (_timer == 0 || _wallClock == 0)
        {
            var error = Marshal.GetLastPInvokeError();
            Dispose();
            throw new IOException($"CreateWaitableTimerEx failed with error {error}.");
        }
        _power = PowerEvents.TryWatch(change =>
        {
            if (change == PowerChange.Resumed) _event.Set();
        });
    }

    /// <inheritdoc/>
    public void Block(MonotonicTime deadline)
    {
        var ticks = TicksUntil(deadline, BootClock.Now);
        if (ticks == 0) return;
        var fromNow = -ticks;
        var moment = WindowsClocks.FileTime + ticks;
        _ = Kernel32.SetWaitableTimer(_timer, &fromNow, 0, 0, 0, 0);
        _ = Kernel32.SetWaitableTimer(_wallClock, &moment, 0, 0, 0, 0);
        var handles = stackalloc nint[3] { _event.Handle, _timer, _wallClock };
        _ = Kernel32.WaitForMultipleObjects(3, handles, waitsForAll: 0, Kernel32.INFINITE);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _power?.Dispose();
        if (_timer != 0) _ = Kernel32.CloseHandle(_timer);
        if (_wallClock != 0) _ = Kernel32.CloseHandle(_wallClock);
    }

    /// <summary>Units of 100 ns to wait, rounded up so that the deadline has come then: from 0, which is not to wait, to <see cref="LongestSleep"/>.</summary>
    internal static long TicksUntil(MonotonicTime deadline, MonotonicTime now)
    {
        if (deadline <= now) return 0;
        if (deadline == MonotonicTime.Infinite) return LongestSleep.Ticks;
        return Math.Min((deadline.Nanoseconds - now.Nanoseconds + 99) / 100, LongestSleep.Ticks);
    }

    private static nint CreateTimer(uint flags) =>
        Kernel32.CreateWaitableTimerExW(null, null, flags, Kernel32.SYNCHRONIZE | Kernel32.TIMER_MODIFY_STATE);
}
