using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Commands;

/// <summary><c>down</c>: takes away what <c>up</c> or wg-quick made.</summary>
internal sealed class DownCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "down";

    /// <inheritdoc/>
    public string Summary => "Takes a tunnel down that pfsvpn or wg-quick took up";

    /// <inheritdoc/>
    public string Arguments => $"[{TunnelRun.DryRunOption}] <interface>|<configuration filename>";

    /// <inheritdoc/>
    public string Details =>
        """
        Takes the interface away, and with it its addresses and routes, the rules for its default routes and its name servers.
        With SaveConfig, its running state is saved into the file first. What a daemon left behind that failed is taken away, too.

          --dry-run   show the steps, and change nothing
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        using var run = TunnelRun.Open(context, Name, arguments, mayBeDry: true);
        TakeDown(run);
        return 0;
    }

    /// <summary>Takes a tunnel down.</summary>
    /// <exception cref="CliException">It is not up, or not all could be taken away.</exception>
    public static void TakeDown(TunnelRun run)
    {
        if (!run.IsServed)
        {
            TakeLeftoversAway(run);
            return;
        }
        using var device = DeviceAccess.Read(run.Host.Context, run.Host.Interface);
        TunnelTransaction.RunAll(DownPlanner.Plan(run.Host, run.File, run.RealPath, device), run.Host, DownPlanner.MayStop);
    }

    private static void TakeLeftoversAway(TunnelRun run)
    {
        var name = run.Host.Interface;
        if (TunnelLink.Exists(run.Host) || !TunnelLeftovers.Exist(run.Host)) throw new CliException($"`{name}' is not a WireGuard interface: it is not up");
        run.Host.Say($"`{name}' is not up, but has left something behind.");
        TunnelLeftovers.Clear(run.Host);
    }
}
