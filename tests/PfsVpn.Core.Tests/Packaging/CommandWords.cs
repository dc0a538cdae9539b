using System.Text.RegularExpressions;
using PfsVpn.Cli;
using PfsVpn.Tests.Architecture;

namespace PfsVpn.Tests.Packaging;

/// <summary>What the program says of itself: its commands, their parts and their options. Man pages and completions are held to it.</summary>
internal static partial class CommandWords
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline;
    private const int NoLimit = -1; // the texts are our own

    /// <summary>Commands in words: "show", and "lab memory" for a part of one.</summary>
    public static IReadOnlyList<string> Commands { get; } = [.. Tree()];

    /// <summary>The help of a command.</summary>
    public static string Help(string command)
    {
        using var stage = new Cli.CliStage();
        return stage.Cli([.. command.Split(' '), "--help"]).Output;
    }

    /// <summary>The options of a command: those of its usage line and of the lines that explain one, none that is only mentioned.</summary>
    public static IReadOnlyList<string> OptionsOf(string command)
    {
        var help = Help(command);
        var explained = HasParts(command) ? [] : Explained().Matches(help).Select(static match => match.Value);
        return [.. Option().Matches(string.Join('\n', explained.Prepend(help.Split('\n')[0]))).Select(static match => match.Value).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>A file of the repository.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(SourceFile.Root, path));

    private static bool HasParts(string command) => Commands.Any(other => other.StartsWith(command + " ", StringComparison.Ordinal));

    private static IEnumerable<string> Tree()
    {
        foreach (var command in CommandTree.Commands)
        {
            yield return command.Name;
            foreach (var part in PartsOf(command.Arguments)) yield return $"{command.Name} {part}";
        }
    }

    /// <summary>What stands in braces, where arguments of its own follow: "{ memory | seizure } [&lt;args&gt;]".</summary>
    private static string[] PartsOf(string arguments)
    {
        var match = Parts().Match(arguments);
        return match.Success ? match.Groups["parts"].Value.Split('|', StringSplitOptions.TrimEntries) : [];
    }

    [GeneratedRegex("--[a-z][a-z0-9-]*", Options, NoLimit)]
    private static partial Regex Option();

    [GeneratedRegex(@"^ +--[a-z].{0,20}", Options, NoLimit)]
    private static partial Regex Explained();

    [GeneratedRegex(@"\{ (?<parts>[a-z]+( \| [a-z]+)*) \} (\[<args>\]|<)", Options, NoLimit)]
    private static partial Regex Parts();
}
