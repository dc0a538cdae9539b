using Microsoft.Extensions.Logging;
using PfsVpn.Daemon.Bus;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Platform;
using PfsVpn.Runtime;

namespace PfsVpn.Daemon.Watch;

/// <summary>What the machine under the daemon may do to the keys: sleep, and be cloned. Started when the daemon is ready, so that nobody waits for it.</summary>
/// <remarks>Threading: a thread for each of the two. Errors: none; what cannot be watched is said by the protections.</remarks>
internal sealed class HostWatch : ISleeper, IHostWatch
{
    private readonly DeviceRuntime _runtime;
    private readonly ILogger _logger;
    private readonly SleepWatch _sleep;
    private readonly CloneWatch? _clone;

    /// <summary>Starts both.</summary>
    public HostWatch(DeviceRuntime runtime, ILogger logger, Func<string, string?> variable)
    {
        (_runtime, _logger) = (runtime, logger);
        try
        {
            _clone = new CloneWatch(new KernelEvents(), EndSessionsOfCloneAsync);
        }
        catch (IOException refused)
        {
            CloneFailure = refused.Message;
        }
        _sleep = new SleepWatch(variable(BusAddress.Variable) is { Length: > 0 } address ? address : BusAddress.Usual, this);
    }

    /// <inheritdoc/>
    public Task FirstLook => _sleep.FirstLook;

    /// <summary>Whether the machine waits for us before it sleeps.</summary>
    public bool SleepHolds => _sleep.Holds;

    /// <summary>Why it does not.</summary>
    public string SleepState => _sleep.State;

    /// <summary>Why clones cannot be heard of; null where they can.</summary>
    public string? CloneFailure { get; }

    /// <inheritdoc/>
    public async Task PrepareForSleepAsync()
    {
        await _runtime.PrepareForSleepAsync().ConfigureAwait(false);
        DaemonLog.Sleeping(_logger);
    }

    /// <inheritdoc/>
    public void Resume()
    {
        _runtime.Resume();
        DaemonLog.Awake(_logger);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sleep.Dispose();
        _clone?.Dispose();
    }

    private async Task EndSessionsOfCloneAsync()
    {
        await _runtime.EndSessionsOfCloneAsync().ConfigureAwait(false);
        DaemonLog.Cloned(_logger);
    }
}
