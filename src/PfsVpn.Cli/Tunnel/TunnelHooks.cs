using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The user's own commands: PreUp, PostUp, PreDown and PostDown, as steps.</summary>
/// <param name="file">The tunnel's file.</param>
/// <param name="execute">Executes one command, in which the interface's name stands already.</param>
/// <remarks>Where up fails, the Down commands run for the Up commands that have begun, which wg-quick leaves undone.</remarks>
internal sealed class TunnelHooks(TunnelFile file, Action<TunnelHost, string> execute)
{
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

    private void RunAll(TunnelHost host, string kind, List<string> hooks)
    {
        var failed = 0;
        foreach (var hook in hooks)
        {
            try
            {
                Run(host, hook);
            }
            catch (CliException failure)
            {
                host.Say($"{kind}: {failure.Message}");
                failed++;
            }
        }
        if (failed != 0) throw new CliException($"{kind}: not all commands succeeded");
    }

    private void RunUp(TunnelHost host, string hook)
    {
        _begun = true;
        Run(host, hook);
    }

    private void Run(TunnelHost host, string hook)
    {
        var command = hook.Replace("%i", host.Interface, StringComparison.Ordinal);
        host.Act(command, () => execute(host, command));
    }
}
