using PfsVpn.Cli.Input;
using PfsVpn.Cli.Provision;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Windows.Service;

/// <summary>A tunnel as a service of Windows: its name, what it runs, when it starts.</summary>
/// <param name="Tunnel">The interface.</param>
/// <param name="CommandLine">What the service control manager starts.</param>
/// <param name="IsAutomatic">Whether it starts with the machine; else only when it is asked to.</param>
internal sealed record TunnelService(string Tunnel, string CommandLine, bool IsAutomatic)
{
    /// <summary>What names of these services begin with.</summary>
    public const string Prefix = "PfsVpnTunnel$";

    /// <summary>The word of the command that such a service runs.</summary>
    public const string RunWord = "run";

    /// <summary>What has to run before: the service of the network store, and the protocols.</summary>
    public static readonly string[] Dependencies = ["Nsi", "TcpIp"];

    /// <summary>The privileges of the service's process while the tunnel is up: to pass through folders, which everybody may, and to lock more memory for keys.</summary>
    public static readonly string[] KeptPrivileges = ["SeChangeNotifyPrivilege", "SeIncreaseWorkingSetPrivilege"];

    /// <summary>Those of it and the daemon until then: what an installation of the adapter's driver takes, too. All others of the account are taken from them before they start.</summary>
    public static readonly string[] Privileges =
    [
        .. KeptPrivileges, "SeLoadDriverPrivilege", "SeImpersonatePrivilege", "SeCreateGlobalPrivilege", "SeBackupPrivilege", "SeRestorePrivilege", "SeTakeOwnershipPrivilege", "SeSecurityPrivilege",
    ];

    /// <summary>The service's name.</summary>
    public string Name => NameOf(Tunnel);

    /// <summary>What lists of services show.</summary>
    public string DisplayName => $"PfsVpn: {Tunnel}";

    /// <summary>What they say about it.</summary>
    public string Description => $"The tunnel {Tunnel}: its adapter, keys, addresses, routes and name servers.";

    /// <summary>The service of an interface.</summary>
    public static string NameOf(string tunnel) => Prefix + tunnel;

    /// <summary>The tunnel's name or file in the command line of a service that <see cref="Of"/> made.</summary>
    public static string SubjectOf(string commandLine)
    {
        var line = commandLine.TrimEnd();
        if (!line.EndsWith('"')) return line[(line.LastIndexOf(' ') + 1)..];
        // Names of files have no quotes in them.
        var start = line.LastIndexOf('"', Math.Max(line.Length - 2, 0));
        return start < 0 ? line : line[(start + 1)..^1];
    }

    /// <summary>The service for a tunnel by its name or its file.</summary>
    /// <param name="program">The path of this program.</param>
    /// <param name="nameOrPath">The name, or a path, which becomes a full one.</param>
    /// <param name="options">More words, such as --metrics and its value.</param>
    /// <param name="isAutomatic">Whether it starts with the machine.</param>
    /// <exception cref="CliException">The name cannot be that of an interface.</exception>
    public static TunnelService Of(string program, string nameOrPath, IEnumerable<string> options, bool isAutomatic)
    {
        var tunnel = TunnelName.NameOf(nameOrPath);
        if (!TunnelFile.IsInterfaceName(tunnel)) throw new CliException($"{nameOrPath}: a tunnel is named after its interface: 1 to {TunnelFile.LongestInterfaceName} letters, digits or _=+.-");
        var subject = TunnelFileReader.IsFile(nameOrPath) ? Path.GetFullPath(nameOrPath) : nameOrPath;
        return new TunnelService(tunnel, WindowsCommandLine.Join([program, "service", RunWord, .. options, subject]), isAutomatic);
    }
}
