using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Commands;

/// <summary><c>up</c>: makes the tunnel that a file describes.</summary>
internal sealed class UpCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "up";

    /// <inheritdoc/>
    public string Summary => "Takes a tunnel up as a file for wg-quick describes it";

    /// <inheritdoc/>
    public string Arguments => $"[{TunnelRun.DryRunOption}] <interface>|<configuration filename>";

    /// <inheritdoc/>
    public string Details =>
        """
        An interface's file is /etc/wireguard/INTERFACE.conf. The steps are shown as they run. Where one fails, all are taken back.

          --dry-run   show the steps, and change nothing

        Environment:
          WG_QUICK_USERSPACE_IMPLEMENTATION   another daemon than the pfsvpnd beside this program
          WG_ENDPOINT_RESOLUTION_RETRIES      how often to try again to look up an endpoint's name: a number (15), or infinity
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        using var run = TunnelRun.Open(context, Name, arguments, mayBeDry: true);
        if (TunnelLink.Exists(run.Host))
        {
            throw new CliException(run.IsServed
                ? $"`{run.Host.Interface}' already exists: it is up. Nothing was changed; to take it down: pfsvpn down {arguments[^1]}"
                : $"`{run.Host.Interface}' already exists, and is no tunnel of a daemon that answers. Nothing was changed");
        }
        TunnelTransaction.Run(UpPlanner.Plan(run.File, run.RealPath), run.Host);
        return 0;
    }
}
