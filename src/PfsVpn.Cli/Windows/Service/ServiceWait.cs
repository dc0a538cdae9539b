using System.Runtime.InteropServices;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>Waits until a service runs or has stopped.</summary>
internal sealed class ServiceWait(CliContext context, IServiceManager manager)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50), LongestStart = TimeSpan.FromMinutes(5), LongestStop = TimeSpan.FromSeconds(45);

    /// <summary>Starts the service of a tunnel and returns when the tunnel is up.</summary>
    /// <exception cref="CliException">It is not; the message is that of the service.</exception>
    public void Start(string tunnel)
    {
        if (manager.Find(tunnel) is { State: Advapi32.SERVICE_STOP_PENDING }) Stop(tunnel);
        new TunnelState(context, tunnel).Remove(ServiceProcess.FailureItem);
        manager.Start(tunnel);
        for (var waited = TimeSpan.Zero; waited < LongestStart; waited += Pause)
        {
            var state = manager.Find(tunnel) ?? throw new CliException($"the service of {tunnel} was removed while it started");
            if (state.State == Advapi32.SERVICE_RUNNING) return;
            if (state.State == Advapi32.SERVICE_STOPPED) throw new CliException(Failure(tunnel, state.ExitCode));
            context.Sleep(Pause);
        }
        throw new CliException($"the service of {tunnel} does not get ready; it goes on trying. Its log: {LogOf(tunnel)}");
    }

    /// <summary>Stops the service of a tunnel and returns when it has, with what it failed on, or null.</summary>
    /// <exception cref="CliException">It does not stop.</exception>
    public string? Stop(string tunnel)
    {
        var isAsked = false;
        for (var waited = TimeSpan.Zero; waited < LongestStop; waited += Pause)
        {
            isAsked = isAsked || manager.TryStop(tunnel);
            if (manager.Find(tunnel) is not { } state) return null;
            if (state.State == Advapi32.SERVICE_STOPPED) return state.ExitCode == 0 ? FailureItem(tunnel) : Failure(tunnel, state.ExitCode);
            context.Sleep(Pause);
        }
        throw new CliException($"the service of {tunnel} does not stop. Its log: {LogOf(tunnel)}");
    }

    /// <summary>Where the service of a tunnel writes what it has to say.</summary>
    public string LogOf(string tunnel) => new TunnelState(context, tunnel).PathOf(ServiceJournal.FileName);

    private string? FailureItem(string tunnel) => new TunnelState(context, tunnel).Read(ServiceProcess.FailureItem);

    private string Failure(string tunnel, uint exitCode) => FailureItem(tunnel)
        ?? (exitCode is 0 or Advapi32.ERROR_SERVICE_SPECIFIC_ERROR ? $"the service of {tunnel} has ended at once" : $"the service of {tunnel}: {Marshal.GetPInvokeErrorMessage((int)exitCode)}") + $". Its log: {LogOf(tunnel)}";
}
