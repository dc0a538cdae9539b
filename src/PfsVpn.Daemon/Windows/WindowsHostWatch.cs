using Microsoft.Extensions.Logging;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Platform;
using PfsVpn.Interop.Windows;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Windows;

/// <summary>Hears of sleep from Windows, which waits two seconds for those that it tells: session keys are erased before, and nothing is begun until it is over.</summary>
/// <remarks>Threading: Windows calls on threads of its own, one after the other. Errors: none; what cannot be watched is said by the protections.</remarks>
internal sealed class WindowsHostWatch : IHostWatch
{
    /// <summary>Less than what Windows waits.</summary>
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1.8);

    private readonly DeviceRuntime _runtime;
    private readonly ILogger _logger;
    private readonly PowerEvents? _events;
    private int _isAsleep;

    /// <summary>Begins to listen.</summary>
    public WindowsHostWatch(DeviceRuntime runtime, ILogger logger)
    {
        (_runtime, _logger) = (runtime, logger);
        _events = PowerEvents.TryWatch(Take);
    }

    /// <summary>Windows says at once whether it will tell.</summary>
    public Task FirstLook => Task.CompletedTask;

    /// <summary>Whether Windows will tell.</summary>
    public bool HearsOfSleep => _events is not null;

    /// <inheritdoc/>
    public void Dispose() => _events?.Dispose();

    private void Take(PowerChange change)
    {
        if (change == PowerChange.Suspending)
        {
            Volatile.Write(ref _isAsleep, 1);
            if (_runtime.PrepareForSleepAsync().Wait(LongestDelay)) DaemonLog.Sleeping(_logger);
        }
        else if (Interlocked.Exchange(ref _isAsleep, 0) != 0)
        {
            _runtime.Resume();
            DaemonLog.Awake(_logger);
        }
    }
}
