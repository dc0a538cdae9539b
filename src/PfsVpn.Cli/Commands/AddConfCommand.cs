namespace PfsVpn.Cli.Commands;

/// <summary><c>addconf</c>: adds what the file says to the interface: peers that are not in it stay.</summary>
internal sealed class AddConfCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "addconf";

    /// <inheritdoc/>
    public string Summary => "Appends a configuration file to a WireGuard interface";

    /// <inheritdoc/>
    public string Arguments => ConfigurationFile.Arguments;

    /// <inheritdoc/>
    public string Details => "Adds what the file says to the interface: peers that are not in it stay.\n" + ConfigurationFile.Details;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 2) throw new UsageException();
        using var configuration = ConfigurationFile.Read(context, arguments[1], append: true);
        DeviceAccess.Apply(context, arguments[0], configuration.Change);
        return 0;
    }
}
