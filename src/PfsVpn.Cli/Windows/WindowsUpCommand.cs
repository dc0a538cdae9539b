using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Service;

namespace PfsVpn.Cli.Windows;

/// <summary><c>up</c> on Windows: has a service take the tunnel up and look after it. A service that is not installed to start with the machine is there until <c>down</c>.</summary>
internal sealed class WindowsUpCommand(IServiceManager? services = null) : ICliCommand
{
    private readonly UpCommand _inner = new();

    /// <inheritdoc/>
    public string Name => _inner.Name;

    /// <inheritdoc/>
    public string Summary => _inner.Summary;

    /// <inheritdoc/>
    public string Arguments => _inner.Arguments.Replace("|unix:<path>", "", StringComparison.Ordinal);

    /// <inheritdoc/>
    public string Details =>
        $"""
        An interface's file is {TunnelFileReader.DefaultDirectory}\INTERFACE.conf, or INTERFACE.conf.dpapi, which only the system can read.
        A service takes the tunnel up, looks after it, and takes it down when it is stopped. Where a step fails, all are taken back.

          --dry-run             show the steps, and change nothing
          --foreground          without a service: take the tunnel up here, stay, and take it down at Ctrl-C
          --metrics WHERE       serve metrics of the tunnel for Prometheus at ADDRESS:PORT, from a process of its own that ends with the
                                daemon. A port that is taken is a step that fails
          --log-format FORMAT   with --foreground: text (the default) or json, one object a line

        What the service says is in {WindowsPlaces.State}\INTERFACE\{ServiceJournal.FileName}, and warnings and errors in Windows' event log.

        Environment:
          PFSVPN_LOG_FORMAT                text or json, where --log-format is not given
          WG_ENDPOINT_RESOLUTION_RETRIES   how often to try again to look up an endpoint's name, a number or infinity, before the tunnel
                                           is up. Without it, a name that cannot be looked up now is looked up again while it is up
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        var options = UpOptions.Parse(arguments, context.Environment);
        if (options.InForeground || options.Tunnel.Contains(TunnelRun.DryRunOption, StringComparer.Ordinal)) return _inner.Run(context, arguments);
        if (!context.IsRoot) throw AdministratorRight.Missing(Name, "the network");
        var manager = services ?? new WindowsServiceManager();
        var tunnel = options.Tunnel[0];
        // What is wrong with the file is said here, not in a log.
        TunnelFileReader.Read(context, TunnelRun.Locate(context, tunnel)).Dispose();
        TakeUp(context, manager, tunnel, options);
        return 0;
    }

    /// <summary>A service that is installed takes its own file, whatever file was asked for.</summary>
    private static void RequireSameFile(TunnelService service, string nameOrPath, string installed)
    {
        if (!TunnelFileReader.IsFile(nameOrPath)) return;
        var (asked, file) = (Path.GetFullPath(nameOrPath), TunnelFileReader.PathOf(TunnelService.SubjectOf(installed)));
        if (string.Equals(asked, file, StringComparison.OrdinalIgnoreCase)) return;
        throw new CliException($"{service.Name} starts with the machine, with {file} and not with {asked}. For that: pfsvpn up {service.Tunnel}; for the other file: pfsvpn service remove {service.Tunnel} first");
    }

    private static void TakeUp(CliContext context, IServiceManager manager, string nameOrPath, UpOptions options)
    {
        var service = TunnelService.Of(OwnProgram.Path, nameOrPath, options.DaemonArguments, isAutomatic: false);
        var name = service.Tunnel;
        if (ControlSocket.IsServed(context.ControlDirectory, name)) throw new CliException($"`{name}' already exists: it is up. Nothing was changed; to take it down: pfsvpn down {name}");
        var installed = manager.Configuration(name) is { IsAutomatic: true } present ? present.CommandLine : null;
        var isOurs = installed is null;
        if (installed is not null) RequireSameFile(service, nameOrPath, installed);
        if (!isOurs && options.Metrics is not null) throw new CliException($"{service.Name} starts with the machine, and is left as it is: start pfsvpn metrics beside it, or remove the service first");
        if (options.Metrics?.Exposure is { } exposure) context.Error.WriteLine("Warning: " + exposure);
        WindowsPlaces.Make(WindowsPlaces.State);
        EventLogWriter.Register();
        if (isOurs) manager.Install(service);
        try
        {
            new ServiceWait(context, manager).Start(name);
        }
        catch (CliException)
        {
            // What was made for this once goes again.
            if (isOurs) manager.Delete(name);
            throw;
        }
        context.Error.WriteLine($"{name} is up: service {service.Name}{(isOurs ? "" : ", which starts with the machine")}");
    }
}
