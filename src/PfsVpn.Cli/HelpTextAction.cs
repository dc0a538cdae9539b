using System.CommandLine;
using System.CommandLine.Invocation;
using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli;

/// <summary>What --help does, on every level.</summary>
internal sealed class HelpTextAction(CliContext context) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var name = parseResult.CommandResult.Command.Name;
        var command = CommandTree.Commands.FirstOrDefault(command => command.Name == name);
        if (command is LabCommand && parseResult.GetValue<string[]>("words") is [var experiment, ..]) return command.Run(context, [experiment, "help"]);
        return HelpText.Print(context, command is null ? HelpText.OfProgram() : HelpText.Of(command));
    }
}
