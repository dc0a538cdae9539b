using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Control;
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
        var state = new TunnelState(context, name);
        return WindowsServiceHost.Run(TunnelService.NameOf(name), () => Serve(context, options, name, state), () => TooLate(name, state));
    }

    private static int Serve(CliContext context, UpOptions options, string name, TunnelState state)
    {
        using var events = new EventLogWriter(name);
        var isLogged = false;
        try
        {
            // Before anything is written there: the folder may be somebody else's.
            WindowsPlaces.Make(WindowsPlaces.State);
            var log = new LogLines(new ServiceJournal(state.PathOf(ServiceJournal.FileName), events.Write), isJournal: false, context.Clock, isService: true);
            log.Use(options.Format, name);
            (context.Error, isLogged) = (log, true);
            state.Remove(FailureItem);
            ConfigurationSeal.Apply(context, options.Tunnel[0]);
            events.Write(Advapi32.EVENTLOG_INFORMATION_TYPE, "is taken up");
            var code = new ForegroundTunnel(context, options, static () => new ServiceSupervisor()).Run();
            events.Write(Advapi32.EVENTLOG_INFORMATION_TYPE, "is down");
            return code;
        }
        catch (Exception failure)
        {
            // Nothing may leave the manager's thread; what nobody foresaw is told with its place.
            var isForeseen = failure is CliException or ControlException or SecretMemoryException or DllNotFoundException or IOException or UnauthorizedAccessException;
            var message = isForeseen ? failure.Message : failure.ToString();
            // Errors of the log become events.
            if (isLogged) context.Fail(message);
            else events.Write(Advapi32.EVENTLOG_ERROR_TYPE, message);
            Remember(state, message);
            return 1;
        }
    }

    private static void TooLate(string name, TunnelState state)
    {
        var message = $"{name} did not go down within {WindowsServiceHost.LongestStop.TotalSeconds:0} seconds: its process was ended. What it left is taken away by: pfsvpn down {name}";
        Remember(state, message);
        using var events = new EventLogWriter(name);
        events.Write(Advapi32.EVENTLOG_ERROR_TYPE, message);
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
