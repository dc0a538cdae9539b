using System.CommandLine;
using System.CommandLine.Invocation;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Provision;

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
        if (command is NewCommand && parseResult.GetValue<string[]>("words") is [var part, ..] && NewCommand.Parts.Any(known => known.Name == part)) return command.Run(context, [part, "help"]);
        return HelpText.Print(context, command is null ? HelpText.OfProgram() : HelpText.Of(command));
    }
}
