using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The user's own commands: PreUp, PostUp, PreDown and PostDown.</summary>
/// <remarks>
/// References: wg-quick(8). They run in bash with errexit, pipefail and extglob, the C locale, the streams of this program, its own folder first in PATH, and as variables INTERFACE, CONFIG_FILE, MTU
/// and TABLE: as in wg-quick. Where up fails, the Down commands run for the Up commands that have begun, which wg-quick leaves undone.
/// </remarks>
internal sealed class TunnelHooks(TunnelFile file, string realPath)
{
    /// <summary>Sets what wg-quick's own shell has set, and lets bash read the command as wg-quick lets it.</summary>
    private const string Prologue = "INTERFACE=$1; CONFIG_FILE=$2; MTU=$3; TABLE=$4; hook=$5; set --; eval \"$hook\"";

    private bool _begun;

    /// <summary>Adds the steps of PreUp and PostUp.</summary>
    public void AddUp(TunnelPlan plan)
    {
        foreach (var hook in file.PreUp) plan.Add(TunnelStage.PreUp, $"run PreUp `{hook}'", host => RunUp(host, hook));
        Action<TunnelHost>? undo = host => RunAll(host, "PreDown", file.PreDown);
        foreach (var hook in file.PostUp)
        {
            plan.Add(TunnelStage.PostUp, $"run PostUp `{hook}'", host => RunUp(host, hook), undo);
            // Once, when all PostUp commands have been passed.
            undo = null;
        }
    }

    /// <summary>Adds the steps of PreDown and PostDown.</summary>
    public void AddDown(TunnelPlan plan)
    {
        foreach (var hook in file.PreDown) plan.Add(TunnelStage.PreDown, $"run PreDown `{hook}'", host => Run(host, hook));
        foreach (var hook in file.PostDown) plan.Add(TunnelStage.PostDown, $"run PostDown `{hook}'", host => Run(host, hook));
    }

    /// <summary>The last of all that is taken back: PostDown, where an Up command has begun.</summary>
    public void TakeBack(TunnelHost host)
    {
        if (_begun) RunAll(host, "PostDown", file.PostDown);
    }

    private static void RunAll(TunnelHost host, string kind, List<string> hooks, Action<string> run)
    {
        var failed = 0;
        foreach (var hook in hooks)
        {
            try
            {
                run(hook);
            }
            catch (CliException failure)
            {
                host.Say($"{kind}: {failure.Message}");
                failed++;
            }
        }
        if (failed != 0) throw new CliException($"{kind}: not all commands succeeded");
    }

    private void RunAll(TunnelHost host, string kind, List<string> hooks) => RunAll(host, kind, hooks, hook => Run(host, hook));

    private void RunUp(TunnelHost host, string hook)
    {
        _begun = true;
        Run(host, hook);
    }

    private void Run(TunnelHost host, string hook)
    {
        var command = hook.Replace("%i", host.Interface, StringComparison.Ordinal);
        host.Act(command, () =>
        {
            var mtu = file.Mtu is { } size ? $"{size}" : "";
            var result = host.Context.Commands.Run(new CommandRequest("bash", ["-e", "-o", "pipefail", "-O", "extglob", "-c", Prologue, "pfsvpn", host.Interface, realPath, mtu, file.Table ?? "", command])
            {
                SharesStreams = true,
                Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = $"{host.Context.ProgramDirectory}:{CommandRunner.PathVariable}" },
                Interruption = host.Interruption,
            });
            if (!result.Succeeded) throw new CliException($"`{command}': {result.Reason}");
        });
    }
}
