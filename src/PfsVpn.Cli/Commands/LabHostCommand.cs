using PfsVpn.Lab;
using PfsVpn.Lab.Hosting;

namespace PfsVpn.Cli.Commands;

/// <summary><c>lab host</c>: what the experiments start again as the processes that they look into. Not shown in the help: of no use by hand.</summary>
internal sealed class LabHostCommand : ICliCommand
{
    /// <inheritdoc/>
    public string Name => LabHost.Words[1];

    /// <inheritdoc/>
    public string Summary => "Hosts a device for an experiment";

    /// <inheritdoc/>
    public string Arguments => "address=<IPv4> peer=<IPv4> [arena=locked|memfd] [random=system|static|<seed>]";

    /// <inheritdoc/>
    public string Details => "";

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        try
        {
            return LabHostProgram.Run(arguments);
        }
        catch (LabException failure)
        {
            throw new CliException(failure.Message);
        }
    }
}
