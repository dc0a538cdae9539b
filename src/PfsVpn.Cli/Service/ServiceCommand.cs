using System.Text;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Provision;

namespace PfsVpn.Cli.Service;

/// <summary><c>service</c>: tunnels as services of systemd.</summary>
internal sealed class ServiceCommand : ICliCommand
{
    private const string InTreeProgram = "/usr/bin/pfsvpn";

    /// <inheritdoc/>
    public string Name => "service";

    /// <inheritdoc/>
    public string Summary => "Installs a tunnel as a service of systemd, removes it, or shows what is installed";

    /// <inheritdoc/>
    public string Arguments => "install [<name>|<file>] [--metrics] [--now] [--root <directory>] | remove [<name>] [--metrics] [--root <directory>] | status [--root <directory>]";

    /// <inheritdoc/>
    public string Details =>
        """
        install   sees that /etc/wireguard/NAME.conf can be used (a FILE elsewhere is copied there), writes the units pfsvpn@.service and
                  pfsvpn.target where no package has them, with the place of this program, and enables pfsvpn@NAME. What fails is taken back;
                  what is there already is left. Refused where wg-quick@NAME or pfsvpnd@NAME is enabled
        remove    stops and disables it, and takes the units away with the last one. Files of tunnels, and units that were changed, stay
        status    what is installed and enabled, and whether it runs

          --metrics   the service pfsvpn-metrics: metrics of all tunnels on 127.0.0.1:9586
          --now       starts it at once
          --root DIR  in a tree instead of this system: an image, a package, a container. The program there is /usr/bin/pfsvpn, if it has one

        Without systemd the links are made that systemctl enable would make. docs/service.md says what the services may and may not do.
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count == 0) throw new UsageException();
        var words = new OptionWords([.. arguments.Skip(1)], ["--metrics", "--now"], ["--root"]);
        var tree = new ServiceTree(RootOf(words));
        if (words.Plain.Count > 1) throw new UsageException();
        var name = words.Plain.Count == 0 ? null : words.Plain[0];
        switch (arguments[0])
        {
            case "install" when name is not null || words.Has("--metrics"):
                new ServiceInstaller(context, tree, ProgramIn(tree), Say).Install(name, words.Has("--metrics"), words.Has("--now"));
                break;
            case "remove" when (name is not null || words.Has("--metrics")) && !words.Has("--now"):
                new ServiceRemover(context, tree, Say).Remove(name is null ? null : TunnelName.NameOf(name), words.Has("--metrics"));
                break;
            case "status" when name is null && !words.Has("--metrics") && !words.Has("--now"):
                context.Output.Write(Encoding.UTF8.GetBytes(new ServiceStatus(context, tree).Describe()));
                break;
            default:
                throw new UsageException(arguments[0] is "install" or "remove" or "status" ? "" : $"Invalid word: `{arguments[0]}'");
        }
        return 0;

        void Say(string text) => context.Error.WriteLine(text);
    }

    private static string RootOf(OptionWords words)
    {
        if (words.Text("--root") is not { } root) return "";
        return Directory.Exists(root) ? Path.GetFullPath(root) : throw new CliException($"{root}: there is no such folder");
    }

    /// <summary>The program that the unit names: the tree's, as it will be called there; else this one.</summary>
    private static string ProgramIn(ServiceTree tree)
    {
        if (tree.Root.Length == 0) return OwnProgram.Path;
        foreach (var path in (ReadOnlySpan<string>)[InTreeProgram, "/usr/local/bin/pfsvpn"])
        {
            if (File.Exists(tree.Root + path)) return path;
        }
        return InTreeProgram;
    }
}
