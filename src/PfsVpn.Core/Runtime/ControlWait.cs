using PfsVpn.Interop;
using PfsVpn.Timers;

namespace PfsVpn.Runtime;

/// <summary>How the control loop sleeps: until somebody asks for it, a deadline on the boot clock, or the machine wakes from its own sleep.</summary>
/// <remarks>
/// Threading: <see cref="Wake"/> from any thread, the rest from the control loop.
/// Safety: the loop says that it sleeps, looks once more for work, and only then blocks; a wake-up in between is kept by the event.
/// While it is awake, waking it costs one read.
/// </remarks>
internal sealed class ControlWait : IDisposable
{
    private readonly WakeEvent _event = new();
    private readonly IDeadlineWait _wait;
    private int _sleeping;

    /// <summary>Waits with the timers of this system.</summary>
    public ControlWait() => _wait = OperatingSystem.IsWindows() ? new WindowsDeadlineWait(_event) : new LinuxDeadlineWait(_event);

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
        if (!hasWork()) _wait.Block(deadline);
        Interlocked.Exchange(ref _sleeping, 0);
        _event.Drain();
    }

    public void Dispose()
    {
        _wait.Dispose();
        _event.Dispose();
    }
}
