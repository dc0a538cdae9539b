using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Rootless;
using PfsVpn.Cli.Service;
using PfsVpn.Cli.Windows.Doctor;

namespace PfsVpn.Cli.Windows;

/// <summary>The commands as Windows has them.</summary>
internal static class WindowsCommands
{
    /// <summary>Puts its own in the place of those that are different there.</summary>
    public static ICliCommand Of(ICliCommand command) => command switch
    {
        UpCommand => new WindowsUpCommand(),
        DownCommand => new WindowsDownCommand(),
        ServiceCommand => new WindowsServiceCommand(),
        ExecCommand => new AbsentCommand(command, "a network of its own for one program is built on Linux' namespaces, and Windows has nothing like them; use pfsvpn up."),
        DoctorCommand => new DoctorCommand(WindowsDiagnosis.Looks, WindowsDiagnosis.Of),
        LabCommand => new AbsentCommand(command, "the experiments look into processes and namespaces of Linux; their results are in docs/forward-secrecy.md."),
        _ => command,
    };
}
