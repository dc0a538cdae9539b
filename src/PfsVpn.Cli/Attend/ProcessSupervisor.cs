using System.Runtime.InteropServices;
using PfsVpn.Runtime;

namespace PfsVpn.Cli.Attend;

/// <summary>A service manager that sends signals and hears sd_notify(3), or a person at a terminal. On Windows the person: Ctrl-C, Ctrl-Break, or the window being closed.</summary>
internal sealed class ProcessSupervisor : ISupervisor
{
    private readonly SystemdNotifier _notifier;
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly ManualResetEventSlim _ended = new();

    /// <summary>Takes the manager's variables over.</summary>
    public ProcessSupervisor(CliContext context)
    {
        _notifier = SystemdNotifier.FromEnvironment(context.Environment);
        // What is started from here must not speak in our name.
        foreach (var variable in (string[])[SystemdNotifier.SocketVariable, SystemdNotifier.WatchdogVariable, SystemdNotifier.WatchdogProcessVariable])
            Environment.SetEnvironmentVariable(variable, null);
    }

    /// <inheritdoc/>
    public TimeSpan? WatchdogTimeout => _notifier.WatchdogTimeout;

    /// <inheritdoc/>
    public void Listen(Action stop, Action reload)
    {
        Catch(PosixSignal.SIGTERM, stop);
        Catch(PosixSignal.SIGINT, stop);
        if (!OperatingSystem.IsWindows())
        {
            Catch(PosixSignal.SIGHUP, reload);
            return;
        }
        Catch(PosixSignal.SIGQUIT, stop);
        // The window goes, and Windows ends the process when the handler returns, five seconds later at the latest.
        Catch(PosixSignal.SIGHUP, () =>
        {
            stop();
            _ended.Wait(TimeSpan.FromSeconds(4.5));
        });
    }

    /// <inheritdoc/>
    public void Ready(string status) => _notifier.Ready(status);

    /// <inheritdoc/>
    public void Status(string text) => _notifier.Status(text);

    /// <inheritdoc/>
    public void Reloading() => _notifier.Reloading();

    /// <inheritdoc/>
    public void Stopping() => _notifier.Stopping();

    /// <inheritdoc/>
    public void Watchdog() => _notifier.Watchdog();

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Set();
        foreach (var signal in _signals) signal.Dispose();
        _notifier.Dispose();
    }

    private void Catch(PosixSignal signal, Action note) => _signals.Add(PosixSignalRegistration.Create(signal, caught =>
    {
        caught.Cancel = true;
        note();
    }));
}
