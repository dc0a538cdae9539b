using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using PfsVpn.Daemon.Logging;
using PfsVpn.Daemon.Platform;

namespace PfsVpn.Daemon;

/// <summary>SIGTERM, SIGINT and SIGQUIT end the daemon in order; SIGHUP does in the foreground, where it says that the terminal is gone.</summary>
/// <remarks>Threading: handlers run on threads of the runtime, never in the signal's own context.</remarks>
internal sealed class Signals : IEndRequests
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens from now on.</summary>
    public Signals(bool foreground, ILogger logger)
    {
        Register(PosixSignal.SIGTERM, "SIGTERM");
        Register(PosixSignal.SIGINT, "SIGINT");
        Register(PosixSignal.SIGQUIT, "SIGQUIT");
        if (foreground) Register(PosixSignal.SIGHUP, "SIGHUP");
        else _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Ignore(context, logger)));
    }

    /// <inheritdoc/>
    public Task<string> End => _end.Task;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Register(PosixSignal signal, string name) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _end.TrySetResult(name);
    }));

    private static void Ignore(PosixSignalContext context, ILogger logger)
    {
        context.Cancel = true;
        DaemonLog.SignalIgnored(logger, "SIGHUP");
    }
}
