using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Commands;

/// <summary><c>up</c>: makes the tunnel that a file describes.</summary>
internal sealed class UpCommand : ICliCommand
{
    private const string Foreground = "--foreground";

    /// <inheritdoc/>
    public string Name => "up";

    /// <inheritdoc/>
    public string Summary => "Takes a tunnel up as a file for wg-quick describes it";

    /// <inheritdoc/>
    public string Arguments => $"[{TunnelRun.DryRunOption}] [{Foreground}] <interface>|<configuration filename>";

    /// <inheritdoc/>
    public string Details =>
        """
        An interface's file is /etc/wireguard/INTERFACE.conf. The steps are shown as they run. Where one fails, all are taken back.

          --dry-run      show the steps, and change nothing
          --foreground   stay, look after the tunnel, and take it down at SIGINT or SIGTERM; reload its file at SIGHUP. For service
                         managers: says when it is ready (sd_notify), and ends with an error when the daemon does

        Environment:
          WG_QUICK_USERSPACE_IMPLEMENTATION   another daemon than the pfsvpnd beside this program
          WG_ENDPOINT_RESOLUTION_RETRIES      how often to try again to look up an endpoint's name, a number or infinity, before the tunnel
                                              is up. Without it, a name that cannot be looked up now is left to the attendant
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Contains(Foreground, StringComparer.Ordinal)) return RunInForeground(context, [.. arguments.Where(static word => word != Foreground)]);
        using var run = TunnelRun.Open(context, Name, arguments, mayBeDry: true);
        TakeUp(run, inForeground: false);
        return 0;
    }

    /// <summary>Takes a tunnel up.</summary>
    /// <exception cref="CliException">It is up, or a step failed.</exception>
    public static void TakeUp(TunnelRun run, bool inForeground)
    {
        if (TunnelLink.Exists(run.Host))
        {
            throw new CliException(run.IsServed
                ? $"`{run.Host.Interface}' already exists: it is up. Nothing was changed; to take it down: pfsvpn down {run.File.Path}"
                : $"`{run.Host.Interface}' already exists, and is no tunnel of a daemon that answers. Nothing was changed");
        }
        TunnelTransaction.Run(UpPlanner.Plan(run.File, run.RealPath, inForeground), run.Host);
    }

    private static int RunInForeground(CliContext context, IReadOnlyList<string> words) =>
        words is [var word] && !word.StartsWith('-') ? new ForegroundTunnel(context, word).Run() : throw new UsageException();
}
