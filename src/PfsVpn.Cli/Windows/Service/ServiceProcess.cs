using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Provision;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Crypto;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>What the process of a tunnel's service does: seals the tunnel's file, takes the tunnel up, looks after it, and takes it down when the service is stopped.</summary>
internal static class ServiceProcess
{
    /// <summary>The item of a tunnel's state that says why its service failed.</summary>
    public const string FailureItem = "failure.txt";

    /// <summary>Runs until the service ends. Returns the exit code.</summary>
    /// <exception cref="CliException">This is not the process of a service.</exception>
    public static int Run(CliContext context, UpOptions options)
    {
        var name = TunnelName.NameOf(options.Tunnel[0]);
        return WindowsServiceHost.Run(TunnelService.NameOf(name), () => Serve(context, options, name));
    }

    private static int Serve(CliContext context, UpOptions options, string name)
    {
        var state = new TunnelState(context, name);
        using var events = new EventLogWriter(name);
        try
        {
            WindowsPlaces.Make(WindowsPlaces.State);
            context.Error = new LogLines(new ServiceJournal(state.PathOf(ServiceJournal.FileName), events.Write), isJournal: false, context.Clock, isService: true);
            ((LogLines)context.Error).Use(options.Format, name);
            state.Remove(FailureItem);
            ConfigurationSeal.Apply(context, options.Tunnel[0]);
            events.Write(Advapi32.EVENTLOG_INFORMATION_TYPE, "is taken up");
            var code = new ForegroundTunnel(context, options, static () => new ServiceSupervisor()).Run();
            events.Write(Advapi32.EVENTLOG_INFORMATION_TYPE, "is down");
            return code;
        }
        catch (Exception failure) when (failure is CliException or SecretMemoryException or DllNotFoundException or UsageException or IOException or UnauthorizedAccessException)
        {
            context.Fail(failure.Message);
            events.Write(Advapi32.EVENTLOG_ERROR_TYPE, failure.Message);
            Remember(state, failure.Message);
            return 1;
        }
    }

    private static void Remember(TunnelState state, string message)
    {
        try
        {
            state.Write(FailureItem, message);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or CliException)
        {
            // The log has it.
        }
    }
}
