namespace PfsVpn.Cli.Windows.Service;

/// <summary>What the service control manager says of a service.</summary>
/// <param name="Tunnel">The interface.</param>
/// <param name="State">SERVICE_STOPPED and the like.</param>
/// <param name="ExitCode">Where it has stopped: 0 (NO_ERROR), ERROR_SERVICE_SPECIFIC_ERROR for a failure of its own, else an error of Windows.</param>
/// <param name="ProcessId">Where it runs, else 0.</param>
internal sealed record ServiceState(string Tunnel, uint State, uint ExitCode, uint ProcessId);
