using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Windows.Service;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows.Doctor.Checks;

/// <summary>The service of a tunnel, where it has one.</summary>
internal sealed class ServiceCheck : ITunnelCheck<IWindowsProbe>
{
    /// <inheritdoc/>
    public string Name => "service";

    /// <inheritdoc/>
    public IEnumerable<Finding> Examine(IWindowsProbe probe, Patient tunnel)
    {
        if (probe.Service(tunnel.Name) is not { } service)
        {
            if (tunnel.Runs) yield return Finding.Skipped("no service has it: it ends with the program that took it up");
            yield break;
        }
        var name = TunnelService.NameOf(tunnel.Name);
        var start = service.IsAutomatic ? "starts with the machine" : "is there until pfsvpn down";
        var reason = service.Failure is { } failure ? $": {failure}" : "";
        yield return service.State.State switch
        {
            Advapi32.SERVICE_RUNNING => Finding.Ok($"{name} runs, and {start}"),
            Advapi32.SERVICE_START_PENDING => Finding.Warning($"{name} is not ready yet, and goes on trying{reason}", $"look into its log: {service.Log}"),
            Advapi32.SERVICE_STOP_PENDING => Finding.Warning($"{name} is being stopped", $"wait for it; its log: {service.Log}"),
            Advapi32.SERVICE_STOPPED when service.State.ExitCode is not (0 or Advapi32.ERROR_SERVICE_NEVER_STARTED) =>
                Finding.Problem($"{name} has ended with an error{reason}", $"look into its log, {service.Log}, then: net start {name}"),
            Advapi32.SERVICE_STOPPED when service.IsAutomatic => Finding.Warning($"{name} {start}, and is stopped now", $"net start {name}; or, where it is not wanted any more: pfsvpn service remove {tunnel.Name}"),
            Advapi32.SERVICE_STOPPED => Finding.Skipped($"{name} is stopped"),
            var other => Finding.Skipped($"{name} is in state {other}"),
        };
    }
}
