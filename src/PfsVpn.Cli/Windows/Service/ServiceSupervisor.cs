using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>The service control manager of Windows, whose service this process is. Where the tunnel does not go down in order within half a minute, the process ends all the same, and the daemon, its keys and the adapter with it.</summary>
internal sealed class ServiceSupervisor : ISupervisor
{
    /// <summary>What a service has at most when the machine goes down.</summary>
    private static readonly TimeSpan LongestStop = TimeSpan.FromMilliseconds(ServiceSettings.PreshutdownMilliseconds - 2_000);

    private Timer? _limit;

    /// <summary>The manager does not wait for signs of life.</summary>
    public TimeSpan? WatchdogTimeout => null;

    /// <inheritdoc/>
    public void Listen(Action stop, Action reload)
    {
        WindowsServiceHost.Reload = reload;
        WindowsServiceHost.Stop = () =>
        {
            _limit = new Timer(static _ => Kernel32.TerminateProcess(Kernel32.GetCurrentProcess(), 1), null, LongestStop, Timeout.InfiniteTimeSpan);
            stop();
        };
    }

    /// <inheritdoc/>
    public void Ready(string status) => WindowsServiceHost.Running();

    /// <summary>The manager shows no text.</summary>
    public void Status(string text)
    {
    }

    /// <summary>A service that reloads runs.</summary>
    public void Reloading()
    {
    }

    /// <inheritdoc/>
    public void Stopping() => WindowsServiceHost.Stopping();

    /// <inheritdoc/>
    public void Watchdog()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        (WindowsServiceHost.Stop, WindowsServiceHost.Reload) = (null, null);
        _limit?.Dispose();
    }
}
