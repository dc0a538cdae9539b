using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Provision;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Service;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows;

/// <summary><c>down</c> on Windows: stops the service that has the tunnel, and removes it where it was made by <c>up</c>.</summary>
internal sealed class WindowsDownCommand(IServiceManager? services = null) : ICliCommand
{
    private const string LiftOption = "--lift";

    /// <inheritdoc/>
    public string Name => "down";

    /// <inheritdoc/>
    public string Summary => "Takes a tunnel down";

    /// <inheritdoc/>
    public string Arguments => $"[{LiftOption}] <interface>|<configuration filename>";

    /// <inheritdoc/>
    public string Details =>
        """
        Stops the service of the tunnel, which takes the adapter away, and with it its addresses, routes and name servers. With SaveConfig, its running
        state is saved into the file first. A service that starts with the machine stays installed: pfsvpn service remove takes it away.
        What a tunnel left behind that failed is taken away, too.

          --lift      lift a kill switch, too, that the file says is always closed, or whose file is gone
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var words = new OptionWords(arguments, [LiftOption], []);
        if (words.Plain.Count != 1) throw new UsageException();
        if (!context.IsRoot) throw AdministratorRight.Missing(Name, "the network");
        var manager = services ?? new WindowsServiceManager();
        var name = TunnelName.NameOf(words.Plain[0]);
        var configuration = manager.Configuration(name);
        var ran = configuration is not null && manager.Find(name) is { State: not Advapi32.SERVICE_STOPPED };
        var failure = ran ? new ServiceWait(context, manager).Stop(name) : null;
        if (configuration is { IsAutomatic: false }) manager.Delete(name);
        if (failure is not null) throw new CliException(failure);
        if (ran && !words.Has(LiftOption)) return 0;
        if (ControlSocket.IsServed(context.ControlDirectory, name))
            throw new CliException($"`{name}' is up without a service: it is taken down where it runs, with Ctrl-C");
        if (!ClearLeftovers(context, words, name) && !ran) throw new CliException($"`{name}' is not a WireGuard interface: it is not up");
        return 0;
    }

    /// <summary>To lift a kill switch takes no file: it may be gone, and the switch keep the machine from the network for good.</summary>
    private static bool ClearLeftovers(CliContext context, OptionWords words, string name)
    {
        if (words.Has(LiftOption)) return context.Plans.ClearLeftovers(new TunnelHost(context, name, dryRun: false), file: null);
        using var run = TunnelRun.Open(context, "down", words.Plain, mayBeDry: false);
        return context.Plans.ClearLeftovers(run.Host, run.File);
    }
}
