using System.Reflection;
using System.Text;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Input;

namespace PfsVpn.Cli;

/// <summary>What the program says about itself.</summary>
internal static class HelpText
{
    private const string Program = "pfsvpn";

    /// <summary>Name and version of the program.</summary>
    public static string Version => $"{Program} v{Number}\n";

    /// <summary>The program's version.</summary>
    public static string Number =>
        (typeof(HelpText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];

    /// <summary>The help of the whole program.</summary>
    public static string OfProgram()
    {
        var text = new StringBuilder($"Usage: {Program} <cmd> [<args>]\n\nAvailable subcommands:\n");
        foreach (var command in CommandTree.Commands) text.Append($"  {command.Name}: {command.Summary}\n");
        return text.Append("You may pass `--help' to any of these subcommands to view usage.\n").ToString();
    }

    /// <summary>The help of a command.</summary>
    public static string Of(ICliCommand command, string behind = "")
    {
        // Where files of tunnels are is the one place that texts name on every system.
        var details = command.Details.Length == 0 ? "" : $"\n{command.Details.Replace(TunnelFileReader.LinuxDirectory, TunnelFileReader.DefaultDirectory, StringComparison.Ordinal)}\n";
        return $"{Usage(command, behind)}\n\n{command.Summary}.\n{details}";
    }

    /// <summary>The usage line of a command; <paramref name="behind"/> is the word that it stands behind, with a space.</summary>
    public static string Usage(ICliCommand command, string behind = "") => $"Usage: {Program} {behind}{command.Name} {command.Arguments}".TrimEnd();

    /// <summary>Prints such a text to the output. Returns the exit code of success.</summary>
    public static int Print(CliContext context, string text)
    {
        context.Output.Write(Encoding.UTF8.GetBytes(text));
        return 0;
    }
}
