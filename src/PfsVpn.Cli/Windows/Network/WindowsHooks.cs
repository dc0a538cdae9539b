using System.Globalization;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>The user's own commands on Windows: PreUp, PostUp, PreDown and PostDown. They run where an administrator has allowed it, else up says once of each that it does not.</summary>
internal sealed class WindowsHooks
{
    private readonly TunnelFile _file;
    private readonly string _realPath;
    private readonly bool _areAllowed;
    private readonly ScriptRunner _run;
    private readonly TunnelHooks _hooks;

    /// <summary>Takes the commands of a file.</summary>
    /// <param name="file">The tunnel's file.</param>
    /// <param name="realPath">Where it really is.</param>
    /// <param name="areAllowed">Whether they may run.</param>
    /// <param name="run">Runs one.</param>
    public WindowsHooks(TunnelFile file, string realPath, bool areAllowed, ScriptRunner run)
    {
        (_file, _realPath, _areAllowed, _run) = (file, realPath, areAllowed, run);
        _hooks = new TunnelHooks(file, Execute);
    }

    /// <summary>Adds the steps of PreUp and PostUp.</summary>
    public void AddUp(TunnelPlan plan)
    {
        if (_areAllowed) _hooks.AddUp(plan);
        else AddRefusal(plan);
    }

    /// <summary>Adds the steps of PreDown and PostDown.</summary>
    public void AddDown(TunnelPlan plan)
    {
        if (_areAllowed) _hooks.AddDown(plan);
    }

    /// <inheritdoc cref="TunnelHooks.TakeBack"/>
    public void TakeBack(TunnelHost host) => _hooks.TakeBack(host);

    private void AddRefusal(TunnelPlan plan)
    {
        (string Kind, string Hook)[] hooks =
        [
            .. _file.PreUp.Select(static hook => ("PreUp", hook)), .. _file.PostUp.Select(static hook => ("PostUp", hook)), .. _file.PreDown.Select(static hook => ("PreDown", hook)),
            .. _file.PostDown.Select(static hook => ("PostDown", hook)), .. _file.OnConnect.Concat(_file.Peers.SelectMany(static peer => peer.OnConnect)).Select(static hook => ("OnConnect", hook)),
            .. _file.OnDisconnect.Concat(_file.Peers.SelectMany(static peer => peer.OnDisconnect)).Select(static hook => ("OnDisconnect", hook)),
        ];
        if (hooks.Length == 0) return;
        plan.Add(TunnelStage.PreUp, "say which commands are not run", host =>
        {
            foreach (var (kind, hook) in hooks.Distinct()) host.Say($"Warning: {kind} is not run: {hook}");
            host.Say($"Commands of tunnels' files are not run on this machine. {ScriptPermission.HowTo}");
        });
    }

    private void Execute(TunnelHost host, string command)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["INTERFACE"] = host.Interface,
            ["CONFIG_FILE"] = _realPath,
            ["MTU"] = _file.Mtu is { } size ? string.Create(CultureInfo.InvariantCulture, $"{size}") : "",
            ["TABLE"] = _file.Table ?? "",
        };
        var code = _run(command, variables, host.Say, host.Interruption);
        host.Interruption.ThrowIfCancellationRequested();
        if (code != 0) throw new CliException(string.Create(CultureInfo.InvariantCulture, $"`{command}': exit code {code}"));
    }
}
