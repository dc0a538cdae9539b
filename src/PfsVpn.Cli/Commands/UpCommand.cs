using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Output;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Commands;

/// <summary><c>up</c>: makes the tunnel that a file describes.</summary>
internal sealed class UpCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "up";

    /// <inheritdoc/>
    public string Summary => "Takes a tunnel up as a file for wg-quick describes it";

    /// <inheritdoc/>
    public string Arguments => $"[{TunnelRun.DryRunOption}] [{UpOptions.Foreground}] [{UpOptions.MetricsOption} <address>:<port>|unix:<path>] [{LogFormats.Option} text|json] <interface>|<configuration filename>";

    /// <inheritdoc/>
    public string Details =>
        """
        An interface's file is /etc/wireguard/INTERFACE.conf. The steps are shown as they run. Where one fails, all are taken back.

          --dry-run             show the steps, and change nothing
          --foreground          stay, look after the tunnel, and take it down at SIGINT or SIGTERM; reload its file at SIGHUP. For service
                                managers: says when it is ready (sd_notify), and ends with an error when the daemon does
          --metrics WHERE       serve metrics of the tunnel for Prometheus at ADDRESS:PORT or unix:PATH, from a process of its own that ends
                                with the daemon. A port that is taken is a step that fails
          --log-format FORMAT   with --foreground: text (the default), with priorities where the journal reads it; or json, one object a line

        Environment:
          PFSVPN_LOG_FORMAT                   text or json, where --log-format is not given
          WG_QUICK_USERSPACE_IMPLEMENTATION   another daemon than the pfsvpnd beside this program
          WG_ENDPOINT_RESOLUTION_RETRIES      how often to try again to look up an endpoint's name, a number or infinity, before the tunnel
                                              is up. Without it, a name that cannot be looked up now is left to the attendant
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var options = UpOptions.Parse(arguments, context.Environment);
        if (options.InForeground) return RunInForeground(context, options);
        using var run = TunnelRun.Open(context, Name, options.Tunnel, mayBeDry: true);
        TakeUp(run, options);
        return 0;
    }

    /// <summary>Takes a tunnel up.</summary>
    /// <exception cref="CliException">It is up, or a step failed.</exception>
    public static void TakeUp(TunnelRun run, UpOptions options)
    {
        var plans = run.Host.Context.Plans;
        if (plans.Exists(run.Host))
        {
            throw new CliException(run.IsServed
                ? $"`{run.Host.Interface}' already exists: it is up. Nothing was changed; to take it down: pfsvpn down {run.File.Path}"
                : $"`{run.Host.Interface}' already exists, and is no tunnel of a daemon that answers. Nothing was changed");
        }
        if (options.Metrics?.Exposure is { } exposure) run.Host.Say("Warning: " + exposure);
        (run.Host.DaemonArguments, run.Host.DaemonVariables) = (options.DaemonArguments, options.DaemonVariables);
        TunnelTransaction.Run(plans.Up(run.File, run.RealPath, options.InForeground), run.Host);
    }

    private static int RunInForeground(CliContext context, UpOptions options)
    {
        // From the first line on: what is wrong with the file belongs into the same log.
        if (context.Error is LogLines lines) lines.Use(options.Format, TunnelFile.InterfaceOf(TunnelFileReader.PathOf(options.Tunnel[0])) ?? options.Tunnel[0]);
        return new ForegroundTunnel(context, options, () => new ProcessSupervisor(context)).Run();
    }
}
