using System.CommandLine;
using System.CommandLine.Help;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Metrics;
using PfsVpn.Cli.Provision;
using PfsVpn.Cli.Reload;
using PfsVpn.Cli.Rootless;
using PfsVpn.Cli.Service;
using PfsVpn.Cli.Windows;
using PfsVpn.Crypto;

namespace PfsVpn.Cli;

/// <summary>
/// The commands as a tree. Which command, and whether help or the version is wanted, is System.CommandLine's part; the words behind a command
/// are read by the command itself, with the grammar of <c>wg</c>.
/// </summary>
internal static class CommandTree
{
    /// <summary>All commands, in the order of the help.</summary>
    public static readonly IReadOnlyList<ICliCommand> Commands = OperatingSystem.IsWindows() ? [.. All().Select(WindowsCommands.Of)] : All();

    /// <summary>What the program starts again as a process of its own; of no use by hand, and not in the help.</summary>
    public static readonly IReadOnlyList<ICliCommand> HiddenCommands = [new AttendCommand()];

    // Words are taken as they are: no @files, and -abc is not -a -b -c.
    private static readonly ParserConfiguration Parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    private static ICliCommand[] All() =>
    [
        new ShowCommand(), new ShowConfCommand(), new SetCommand(), new SetConfCommand(), new AddConfCommand(), new SyncConfCommand(),
        new GenKeyCommand(), new GenPskCommand(), new PubKeyCommand(), new SecrecyCommand(), new LabCommand(),
        new UpCommand(), new DownCommand(), new ReloadCommand(), new SaveCommand(), new StripCommand(),
        new NewCommand(), new QrCommand(), new DoctorCommand(), new TopCommand(), new ExecCommand(), new MetricsCommand(), new ServiceCommand(),
    ];

    /// <summary>Runs the program. Returns its exit code.</summary>
    public static int Run(CliContext context, IReadOnlyList<string> arguments)
    {
        try
        {
            return Build(context).Parse(arguments, Parser).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (CliException failure)
        {
            if (!failure.IsSilent) context.Fail(failure.Message);
            return failure.ExitCode;
        }
        catch (Exception failure) when (failure is SecretMemoryException or DllNotFoundException)
        {
            context.Fail(failure.Message);
            return 1;
        }
    }

    private static RootCommand Build(CliContext context)
    {
        var root = new RootCommand();
        root.Options.Clear();
        root.Directives.Clear();
        root.Add(new HelpOption("--help", "-h") { Action = new HelpTextAction(context) });
        var version = new Option<bool>("--version", "-v");
        root.Add(version);
        var words = AddWords(root);
        root.SetAction(result => RunRoot(context, result.GetValue(version), result.GetValue(words) ?? []));
        foreach (var command in Commands.Concat(HiddenCommands)) root.Add(Build(context, command));
        return root;
    }

    private static Command Build(CliContext context, ICliCommand command)
    {
        var node = new Command(command.Name, command.Summary);
        var words = AddWords(node);
        node.SetAction(result => RunCommand(context, command, result.GetValue(words) ?? []));
        return node;
    }

    private static Argument<string[]> AddWords(Command node)
    {
        var words = new Argument<string[]>("words") { Arity = ArgumentArity.ZeroOrMore };
        node.Add(words);
        return words;
    }

    private static int RunRoot(CliContext context, bool version, string[] words)
    {
        if (version || words is ["version"]) return HelpText.Print(context, HelpText.Version);
        if (words.Length == 0) return RunCommand(context, Commands[0], words);
        if (words is ["help"]) return HelpText.Print(context, HelpText.OfProgram());
        context.Error.WriteLine($"Invalid subcommand: `{words[0]}'");
        context.Error.Write(HelpText.OfProgram());
        return 1;
    }

    private static int RunCommand(CliContext context, ICliCommand command, string[] words)
    {
        // For showconf, help may be the name of an interface.
        if (words is ["help"] && command is not ShowConfCommand) return HelpText.Print(context, HelpText.Of(command));
        try
        {
            return command.Run(context, words);
        }
        catch (UsageException wrong)
        {
            if (wrong.Message.Length != 0) context.Error.WriteLine(wrong.Message);
            context.Error.WriteLine(HelpText.Usage(command));
            return 1;
        }
    }
}
