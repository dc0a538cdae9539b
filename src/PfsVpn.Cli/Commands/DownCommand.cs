using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Commands;

/// <summary><c>down</c>: takes away what <c>up</c> or wg-quick made.</summary>
internal sealed class DownCommand : ICliCommand
{
    private const string LiftOption = "--lift";

    /// <inheritdoc/>
    public string Name => "down";

    /// <inheritdoc/>
    public string Summary => "Takes a tunnel down that pfsvpn or wg-quick took up";

    /// <inheritdoc/>
    public string Arguments => $"[{TunnelRun.DryRunOption}] [{LiftOption}] <interface>|<configuration filename>";

    /// <inheritdoc/>
    public string Details =>
        """
        Takes the interface away, and with it its addresses and routes, the rules for its default routes and its name servers.
        With SaveConfig, its running state is saved into the file first. What a daemon left behind that failed is taken away, too.

          --dry-run   show the steps, and change nothing
          --lift      lift a kill switch, too, that the file says is always closed
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var lift = arguments.Contains(LiftOption, StringComparer.Ordinal);
        using var run = TunnelRun.Open(context, Name, lift ? [.. arguments.Where(static word => word != LiftOption)] : arguments, mayBeDry: true);
        TakeDown(run, lift);
        return 0;
    }

    /// <summary>Takes a tunnel down.</summary>
    /// <exception cref="CliException">It is not up, or not all could be taken away.</exception>
    public static void TakeDown(TunnelRun run, bool liftsKillSwitch = false)
    {
        var (host, plans) = (run.Host, run.Host.Context.Plans);
        if (!run.IsServed)
        {
            if (plans.Exists(host) || !plans.ClearLeftovers(host, liftsKillSwitch ? null : run.File)) throw new CliException($"`{host.Interface}' is not a WireGuard interface: it is not up");
            return;
        }
        using var device = DeviceAccess.Read(host.Context, host.Interface);
        TunnelTransaction.RunAll(plans.Down(host, run.File, run.RealPath, device, liftsKillSwitch), host, DownPlanner.MayStop);
    }
}
