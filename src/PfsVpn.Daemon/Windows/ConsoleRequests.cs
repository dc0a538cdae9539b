using System.Runtime.InteropServices;
using PfsVpn.Daemon.Platform;

namespace PfsVpn.Daemon.Windows;

/// <summary>What a console asks of its programs: Ctrl-C, Ctrl-Break, its window being closed, the machine going down.</summary>
/// <remarks>
/// References: Microsoft's page HandlerRoutine; the framework hands these on as signals. After the window was closed Windows ends the process as soon as the handler returns, and five seconds later in any case, so that the handler waits
/// for <see cref="Dispose"/>. Threading: handlers run on threads of the system.
/// </remarks>
internal sealed class ConsoleRequests : IEndRequests
{
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(4.5);

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TaskCompletionSource<string> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _ended = new();

    /// <summary>Listens from now on.</summary>
    public ConsoleRequests()
    {
        Register(PosixSignal.SIGINT, "Ctrl-C", waits: false);
        Register(PosixSignal.SIGQUIT, "Ctrl-Break", waits: false);
        Register(PosixSignal.SIGHUP, "the console was closed", waits: true);
        Register(PosixSignal.SIGTERM, "the machine goes down", waits: true);
    }

    /// <inheritdoc/>
    public Task<string> End => _end.Task;

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Set();
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Register(PosixSignal signal, string name, bool waits) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        _end.TrySetResult(name);
        if (waits) _ended.Wait(EndPatience);
    }));
}
