using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Service;

/// <summary>The service manager's own program.</summary>
internal sealed class Systemctl(ICommandRunner commands)
{
    private const string Program = "systemctl";

    /// <summary>Lets the manager read its units again.</summary>
    /// <exception cref="CliException">It refuses.</exception>
    public void Reload() => Require("daemon-reload");

    /// <summary>Enables units.</summary>
    /// <exception cref="CliException">It refuses.</exception>
    public void Enable(params string[] units) => Require(["enable", .. units]);

    /// <summary>Starts a unit and waits until it is ready.</summary>
    /// <exception cref="CliException">It does not start.</exception>
    public void Start(string unit) => Require("start", unit);

    /// <summary>Stops a unit; one that does not run stays as it is.</summary>
    /// <exception cref="CliException">It does not stop.</exception>
    public void Stop(string unit) => Require("stop", unit);

    /// <summary>Disables units, as far as they are enabled.</summary>
    public void Disable(params string[] units) => Require(["disable", .. units]);

    /// <summary>Whether a unit runs, in systemd's word: active, inactive, failed, activating …</summary>
    public string State(string unit) => commands.Run(new CommandRequest(Program, ["is-active", unit])).Output.Trim() is { Length: > 0 } word ? word : "unknown";

    private void Require(params string[] arguments)
    {
        var result = commands.Run(new CommandRequest(Program, arguments));
        if (!result.Succeeded) throw new CliException($"systemctl {string.Join(' ', arguments)}: {result.Reason}");
    }
}
