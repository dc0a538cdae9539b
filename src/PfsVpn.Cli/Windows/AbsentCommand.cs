using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Windows;

/// <summary>A command that Windows cannot have, which says so in a sentence.</summary>
/// <param name="inner">The command.</param>
/// <param name="why">Why, and what to do instead.</param>
internal sealed class AbsentCommand(ICliCommand inner, string why) : ICliCommand
{
    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public string Summary => inner.Summary + " (not on Windows)";

    /// <inheritdoc/>
    public string Arguments => inner.Arguments;

    /// <inheritdoc/>
    public string Details => why;

    /// <inheritdoc/>
    public int Run(CliContext context, IReadOnlyList<string> arguments) => throw new CliException($"pfsvpn {Name}: {why}");
}
