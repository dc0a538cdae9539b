using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>The service control manager of Windows, whose service this process is.</summary>
internal sealed class ServiceSupervisor : ISupervisor
{
    /// <summary>The manager does not wait for signs of life.</summary>
    public TimeSpan? WatchdogTimeout => null;

    /// <inheritdoc/>
    public void Listen(Action stop, Action reload) => WindowsServiceHost.Listen(stop, reload);

    /// <summary>The adapter is there, and its driver: what they took is given up before anybody else is served.</summary>
    public void Ready(string status)
    {
        TokenPrivileges.ReduceTo(TunnelService.KeptPrivileges);
        WindowsServiceHost.Running();
    }

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
    }
}
