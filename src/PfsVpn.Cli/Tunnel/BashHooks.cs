using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The user's own commands in bash, as wg-quick runs them.</summary>
/// <remarks>
/// References: wg-quick(8). They run in bash with errexit, pipefail and extglob, the C locale, the streams of this program, its own folder first in PATH, and as variables INTERFACE, CONFIG_FILE, MTU
/// and TABLE: as in wg-quick.
/// </remarks>
internal static class BashHooks
{
    /// <summary>Sets what wg-quick's own shell has set, and lets bash read the command as wg-quick lets it.</summary>
    private const string Prologue = "INTERFACE=$1; CONFIG_FILE=$2; MTU=$3; TABLE=$4; hook=$5; set --; eval \"$hook\"";

    /// <summary>The commands of a file that really is at a path.</summary>
    public static TunnelHooks Of(TunnelFile file, string realPath) => new(file, (host, command) => Execute(host, file, realPath, command));

    private static void Execute(TunnelHost host, TunnelFile file, string realPath, string command)
    {
        var mtu = file.Mtu is { } size ? $"{size}" : "";
        var result = host.Context.Commands.Run(new CommandRequest("bash", ["-e", "-o", "pipefail", "-O", "extglob", "-c", Prologue, "pfsvpn", host.Interface, realPath, mtu, file.Table ?? "", command])
        {
            SharesStreams = true,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = $"{host.Context.ProgramDirectory}:{CommandRunner.PathVariable}" },
            Interruption = host.Interruption,
        });
        if (!result.Succeeded) throw new CliException($"`{command}': {result.Reason}");
    }
}
