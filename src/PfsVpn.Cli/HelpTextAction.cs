using System.CommandLine;
using System.CommandLine.Invocation;

namespace PfsVpn.Cli;

/// <summary>What --help does, on every level.</summary>
internal sealed class HelpTextAction(CliContext context) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var name = parseResult.CommandResult.Command.Name;
        var command = CommandTree.Commands.FirstOrDefault(command => command.Name == name);
        return HelpText.Print(context, command is null ? HelpText.OfProgram() : HelpText.Of(command));
    }
}
