using System.Globalization;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>The user's own commands on Windows: PreUp, PostUp, PreDown and PostDown. They run where an administrator has allowed it, else up says once of each that it does not.</summary>
/// <param name="file">The tunnel's file.</param>
/// <param name="realPath">Where it really is.</param>
/// <param name="areAllowed">Whether they may run.</param>
/// <param name="run">Runs one.</param>
/// <remarks>As on Linux, the Down commands run for the Up commands that have begun where up fails.</remarks>
internal sealed class WindowsHooks(TunnelFile file, string realPath, bool areAllowed, ScriptRunner run)
{
    private bool _begun;

    /// <summary>Adds the steps of PreUp and PostUp.</summary>
    public void AddUp(TunnelPlan plan)
    {
        if (!areAllowed)
        {
            AddRefusal(plan);
            return;
        }
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
        if (!areAllowed) return;
        foreach (var hook in file.PreDown) plan.Add(TunnelStage.PreDown, $"run PreDown `{hook}'", host => Run(host, hook));
        foreach (var hook in file.PostDown) plan.Add(TunnelStage.PostDown, $"run PostDown `{hook}'", host => Run(host, hook));
    }

    /// <summary>The last of all that is taken back: PostDown, where an Up command has begun.</summary>
    public void TakeBack(TunnelHost host)
    {
        if (_begun) RunAll(host, "PostDown", file.PostDown);
    }

    private void AddRefusal(TunnelPlan plan)
    {
        (string Kind, string Hook)[] hooks =
        [
            .. file.PreUp.Select(static hook => ("PreUp", hook)), .. file.PostUp.Select(static hook => ("PostUp", hook)), .. file.PreDown.Select(static hook => ("PreDown", hook)),
            .. file.PostDown.Select(static hook => ("PostDown", hook)), .. file.OnConnect.Concat(file.Peers.SelectMany(static peer => peer.OnConnect)).Select(static hook => ("OnConnect", hook)),
            .. file.OnDisconnect.Concat(file.Peers.SelectMany(static peer => peer.OnDisconnect)).Select(static hook => ("OnDisconnect", hook)),
        ];
        if (hooks.Length == 0) return;
        plan.Add(TunnelStage.PreUp, "say which commands are not run", host =>
        {
            foreach (var (kind, hook) in hooks.Distinct()) host.Say($"Warning: {kind} is not run: {hook}");
            host.Say($"Commands of tunnels' files are not run on this machine. {ScriptPermission.HowTo}");
        });
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
        host.Act(command, () =>
        {
            var variables = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["INTERFACE"] = host.Interface,
                ["CONFIG_FILE"] = realPath,
                ["MTU"] = file.Mtu is { } size ? string.Create(CultureInfo.InvariantCulture, $"{size}") : "",
                ["TABLE"] = file.Table ?? "",
            };
            var code = run(command, variables, host.Say, host.Interruption);
            host.Interruption.ThrowIfCancellationRequested();
            if (code != 0) throw new CliException(string.Create(CultureInfo.InvariantCulture, $"`{command}': exit code {code}"));
        });
    }
}
