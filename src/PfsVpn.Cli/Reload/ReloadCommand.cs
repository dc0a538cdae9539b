using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Reload;

/// <summary><c>reload</c>: makes a tunnel that is up what its file says now, without ending a session.</summary>
internal sealed class ReloadCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "reload";

    /// <inheritdoc/>
    public string Summary => "Makes a tunnel that is up what its file says now, and keeps its sessions";

    /// <inheritdoc/>
    public string Arguments => $"[{TunnelRun.DryRunOption}] <interface>|<configuration filename>";

    /// <inheritdoc/>
    public string Details =>
        """
        Compares the file with the running system and changes only what differs: addresses, MTU, name servers, routes, peers, and the
        keys behind #!. Sessions of peers that stay go on. Where a step fails, all are taken back. PreUp, PostUp, PreDown and
        PostDown are not run.

          --dry-run   show the steps, and change nothing
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        using var run = TunnelRun.Open(context, Name, arguments, mayBeDry: true);
        Run(run);
        return 0;
    }

    /// <summary>Reloads a tunnel.</summary>
    /// <exception cref="CliException">It is not up, or a step failed.</exception>
    public static void Run(TunnelRun run)
    {
        var (host, name) = (run.Host, run.Host.Interface);
        if (!run.IsServed) throw new CliException($"`{name}' is not up; to take it up: pfsvpn up {run.File.Path}");
        using var device = DeviceAccess.Read(host.Context, name);
        using var planner = new ReloadPlanner(host, run.File, device);
        var plan = planner.Plan();
        if (plan.Steps.Count == 0) host.Say($"{name}: the file says what is in force already; nothing was changed.");
        else TunnelTransaction.Run(plan, host);
    }
}
