using PfsVpn.Cli.Output;

namespace PfsVpn.Cli.Commands;

/// <summary><c>showconf</c>: the state of an interface in the form of a configuration file.</summary>
internal sealed class ShowConfCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => "showconf";

    /// <inheritdoc/>
    public string Summary => "Shows the current configuration of a given WireGuard interface, for use with `setconf'";

    /// <inheritdoc/>
    public string Arguments => "<interface>";

    /// <inheritdoc/>
    public string Details => "The private key and preshared keys are printed in full: keep what you redirect this to from others (umask 077).";

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        if (arguments.Count != 1) throw new UsageException();
        using var device = DeviceAccess.Read(context, arguments[0]);
        using var output = context.OpenOutput();
        ConfigurationPrinter.Print(device, output);
        output.Flush();
        return 0;
    }
}
