using System.Security.AccessControl;
using System.Text;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Provision;
using PfsVpn.Cli.Service;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Native;
using PfsVpn.Cli.Windows.Service;
using PfsVpn.Interop.Windows;

namespace PfsVpn.Cli.Windows;

/// <summary><c>service</c> on Windows: tunnels as services that start with the machine.</summary>
internal sealed class WindowsServiceCommand(IServiceManager? services = null) : ICliCommand
{
    private const string Now = "--now";

    /// <inheritdoc/>
    public string Name => "service";

    /// <inheritdoc/>
    public string Summary => "Installs a tunnel as a service of Windows, removes it, or shows what is installed";

    /// <inheritdoc/>
    public string Arguments => $"install <name>|<file> [{Now}] | remove <name> | status";

    /// <inheritdoc/>
    public string Details =>
        $"""
        install   sees that {TunnelFileReader.DefaultDirectory}\NAME.conf can be used (a FILE elsewhere is copied there), and makes the
                  service {TunnelService.Prefix}NAME, which starts with the machine. When it first starts, it seals the file: NAME.conf.dpapi
                  can be read by the system alone. Run again it changes nothing
        remove    stops the service and takes it away; the tunnel's file stays
        status    what is installed, how it starts, and whether it runs

          {Now}     starts it at once
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0) throw new UsageException();
        string[] rest = [.. arguments.Skip(1)];
        if (arguments[0] == TunnelService.RunWord) return ServiceProcess.Run(context, UpOptions.Parse([UpOptions.Foreground, .. rest], context.Environment));
        var words = new OptionWords(rest, [Now], []);
        if (!context.IsRoot && arguments[0] is "install" or "remove") throw AdministratorRight.Missing($"{Name} {arguments[0]}", "services");
        var manager = services ?? new WindowsServiceManager();
        switch (arguments[0])
        {
            case "install" when words.Plain.Count == 1:
                Install(context, manager, words.Plain[0], words.Has(Now));
                break;
            case "remove" when words.Plain.Count == 1 && !words.Has(Now):
                Remove(context, manager, TunnelName.NameOf(words.Plain[0]));
                break;
            case "status" when words.Plain.Count == 0 && !words.Has(Now):
                context.Output.Write(Encoding.UTF8.GetBytes(Describe(manager, mayLook: context.IsRoot)));
                break;
            default:
                throw new UsageException(arguments[0] is "install" or "remove" or "status" ? "" : $"Invalid word: `{arguments[0]}'");
        }
        return 0;
    }

    private static void Install(CliContext context, IServiceManager manager, string nameOrPath, bool now)
    {
        WindowsPlaces.Make(WindowsPlaces.Configurations);
        WindowsPlaces.Make(WindowsPlaces.State);
        var name = TunnelName.NameOf(nameOrPath);
        var service = TunnelService.Of(OwnProgram.Path, name, [], isAutomatic: true);
        Provide(context, nameOrPath, name);
        if (OperatingSystem.IsWindows() && FileAccessList.IsOpenToOthers(context.ProgramDirectory, FileSystemRights.WriteData))
            context.Error.WriteLine($"Warning: everybody may write in {context.ProgramDirectory}, and who changes a program there is the system: move the programs to a folder below {Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles)}, and run this again there");
        EventLogWriter.Register();
        if (manager.Configuration(name) is { IsAutomatic: true } present && present.CommandLine == service.CommandLine) context.Error.WriteLine($"{service.Name} is installed already");
        else
        {
            var refused = manager.Install(service);
            context.Error.WriteLine($"installed {service.Name}, which starts with the machine");
            if (refused.Count != 0) context.Error.WriteLine($"Warning: this Windows does not take of its settings: {string.Join(", ", refused)}");
        }
        if (!now) return;
        new ServiceWait(context, manager).Start(name);
        context.Error.WriteLine($"started {service.Name}");
    }

    /// <summary>Sees that the tunnel's file is where the service reads it, and that it can be used.</summary>
    private static void Provide(CliContext context, string nameOrPath, string name)
    {
        var place = TunnelFileReader.PathOf(name);
        var source = TunnelFileReader.IsFile(nameOrPath) ? Path.GetFullPath(nameOrPath) : place;
        TunnelFileReader.Read(context, TunnelRun.Locate(context, source)).Dispose();
        if (string.Equals(source, place, StringComparison.OrdinalIgnoreCase)) return;
        if (File.Exists(place))
        {
            if (SecretFile.AreEqual(source, place)) return;
            throw new CliException($"{place}: there is another file of this name; it is left as it is. Move one of the two away, or install {name}");
        }
        SecretFile.Copy(source, place);
        context.Error.WriteLine($"copied {source} to {place}, for the system and administrators only. That is the file that counts from now on");
    }

    private static void Remove(CliContext context, IServiceManager manager, string name)
    {
        if (manager.Find(name) is not { } state)
        {
            context.Error.WriteLine("nothing of it is installed");
            return;
        }
        if (state.State != Advapi32.SERVICE_STOPPED)
        {
            if (new ServiceWait(context, manager).Stop(name) is { } failure) context.Error.WriteLine($"Warning: {failure}");
            context.Error.WriteLine($"stopped {TunnelService.NameOf(name)}");
        }
        manager.Delete(name);
        context.Error.WriteLine($"removed {TunnelService.NameOf(name)}; {TunnelFileReader.PathOf(name)} was left where it is");
        if (manager.All().Count == 0) EventLogWriter.Unregister();
    }

    /// <param name="manager">The services.</param>
    /// <param name="mayLook">Whether files of tunnels are seen at all: only administrators may.</param>
    private static string Describe(IServiceManager manager, bool mayLook)
    {
        var text = new StringBuilder();
        foreach (var state in manager.All())
        {
            var configuration = manager.Configuration(state.Tunnel);
            var file = TunnelFileReader.PathOf(configuration is { } found ? TunnelService.SubjectOf(found.CommandLine) : state.Tunnel);
            var start = configuration is { IsAutomatic: true } ? "starts with the machine" : "until pfsvpn down";
            text.Append($"{TunnelService.NameOf(state.Tunnel)}: {start}, {Word(state)}, {file}{(!mayLook || File.Exists(file) ? "" : " IS MISSING")}\n");
        }
        return text.Length == 0 ? "no tunnel is installed as a service\n" : text.ToString();
    }

    private static string Word(ServiceState state) => state.State switch
    {
        Advapi32.SERVICE_RUNNING => $"runs as process {state.ProcessId}",
        Advapi32.SERVICE_START_PENDING => "starts",
        Advapi32.SERVICE_STOP_PENDING => "stops",
        Advapi32.SERVICE_STOPPED when state.ExitCode == Advapi32.ERROR_SERVICE_NEVER_STARTED => "not started yet",
        Advapi32.SERVICE_STOPPED => state.ExitCode == 0 ? "stopped" : "stopped with an error",
        var other => $"state {other}",
    };
}
