namespace PfsVpn.Cli.Commands;

/// <summary><c>setconf</c>: makes the interface exactly what the file says: peers that are not in it are removed.</summary>
internal sealed class SetConfCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "setconf";

    /// <inheritdoc/>
    public string Summary => "Applies a configuration file to a WireGuard interface";

    /// <inheritdoc/>
    public string Arguments => ConfigurationFile.Arguments;

    /// <inheritdoc/>
    public string Details => "Makes the interface exactly what the file says: peers that are not in it are removed.\n" + ConfigurationFile.Details;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 2) throw new UsageException();
        using var configuration = ConfigurationFile.Read(context, arguments[1], append: false);
        using (var running = DeviceAccess.Read(context, arguments[0])) ConfigurationFile.KeepResets(configuration.Change, running);
        DeviceAccess.Apply(context, arguments[0], configuration.Change);
        return 0;
    }
}
