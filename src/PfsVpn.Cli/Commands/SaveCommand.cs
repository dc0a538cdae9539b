using PfsVpn.Cli.Tunnel;

namespace PfsVpn.Cli.Commands;

/// <summary><c>save</c>: writes the running state of a tunnel into its file.</summary>
internal sealed class SaveCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "save";

    /// <inheritdoc/>
    public string Summary => "Saves the running state of a tunnel into its file";

    /// <inheritdoc/>
    public string Arguments => "<interface>|<configuration filename>";

    /// <inheritdoc/>
    public string Details =>
        """
        The file is replaced as a whole, and only its owner may read it. The keys of wg-quick and those behind #! stay; other
        comments are lost.
        """;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        using var run = TunnelRun.Open(context, Name, arguments, mayBeDry: false);
        if (!run.IsServed) throw new CliException($"`{run.Host.Interface}' is not a WireGuard interface: it is not up");
        new TunnelSaver(run.Host, run.File, run.RealPath).Save();
        return 0;
    }
}
