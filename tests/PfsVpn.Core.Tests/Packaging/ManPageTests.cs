using System.Text.RegularExpressions;
using PfsVpn.Configuration;

namespace PfsVpn.Tests.Packaging;

/// <summary>The man pages say what there is, all of it and nothing else.</summary>
public sealed partial class ManPageTests
{
    private const RegexOptions Lines = RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.Multiline;
    private const int NoLimit = -1; // the texts are our own

    private static readonly string[] KnownKeys =
    [
        .. WgConfigKeys.OfInterface, .. WgConfigKeys.OfPeer, .. TunnelLine.QuickKeys, .. TunnelLine.ExtraKeysOfInterface, .. TunnelLine.ExtraKeysOfPeer,
    ];

    [Fact]
    public void Every_command_has_its_entry_in_pfsvpn_8_and_no_other_is_named()
    {
        var entries = CommandEntry().Matches(CommandWords.Read("packaging/man/pfsvpn.8"))
            .Select(static match => match.Groups["command"].Value + match.Groups["part"].Value).ToHashSet(StringComparer.Ordinal);
        Assert.Equal(CommandWords.Commands.Order(StringComparer.Ordinal), entries.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_option_of_a_command_is_in_its_entry_of_pfsvpn_8_and_none_that_it_has_not()
    {
        var page = CommandWords.Read("packaging/man/pfsvpn.8");
        foreach (var command in CommandWords.Commands)
        {
            var written = OptionsIn(Entry(page, command));
            Assert.Equal((command, ""), (command, string.Join(' ', CommandWords.OptionsOf(command).Except(written, StringComparer.Ordinal))));
            Assert.Equal((command, ""), (command, string.Join(' ', written.Where(option => !CommandWords.Help(command).Contains(option, StringComparison.Ordinal)))));
        }
    }

    [Fact]
    public void Every_key_has_its_entry_in_pfsvpn_conf_5_and_no_other_is_named()
    {
        var entries = KeyEntry().Matches(CommandWords.Read("packaging/man/pfsvpn.conf.5")).SelectMany(static match => match.Groups["keys"].Value.Split(" , ")).ToList();
        Assert.Equal(KnownKeys.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), entries.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_option_and_variable_of_pfsvpnd_is_in_pfsvpnd_8()
    {
        var page = CommandWords.Read("packaging/man/pfsvpnd.8");
        var source = CommandWords.Read("src/PfsVpn.Daemon/CommandLine.cs");
        var help = source[source.IndexOf("const string Usage", StringComparison.Ordinal)..source.IndexOf("VersionText", StringComparison.Ordinal)];
        var options = OptionsIn(page);
        foreach (Match option in LongOption().Matches(help)) Assert.Contains(option.Value, options);
        foreach (Match variable in Variable().Matches(help)) Assert.Contains(variable.Value, page, StringComparison.Ordinal);
        foreach (var option in options.Where(static option => option is not "--help" and not "--version")) Assert.Contains(option, help, StringComparison.Ordinal);
    }

    [ProgramFact("man")]
    public void The_pages_are_without_fault()
    {
        foreach (var page in (string[])["pfsvpn.8", "pfsvpnd.8", "pfsvpn.conf.5"])
            Assert.Equal((page, ""), (page, Shell.Run("sh", "-c", $"LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l '{Path.Combine(Architecture.SourceFile.Root, "packaging/man", page)}' 2>&1 >/dev/null").Trim()));
    }

    private static string Entry(string page, string command)
    {
        var start = Regex.Match(page, $@"^\.It Cm {command}( |$)", Lines, TimeSpan.FromSeconds(10)).Index;
        var end = NextEntry().Match(page, start + 1);
        return page[start..(end.Success ? end.Index : page.Length)];
    }

    private static HashSet<string> OptionsIn(string text) =>
        OptionInPage().Matches(text).Select(static match => "--" + match.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"^\.It Cm (?<command>[a-z]+)(?<part> [a-z]+)?", Lines, NoLimit)]
    private static partial Regex CommandEntry();

    [GeneratedRegex(@"^(\.It Cm |\.Sh )", Lines, NoLimit)]
    private static partial Regex NextEntry();

    [GeneratedRegex(@"^\.It Ic (?<keys>.+)$", Lines, NoLimit)]
    private static partial Regex KeyEntry();

    [GeneratedRegex(@"Fl -(?<name>[a-z][a-z0-9-]*)", Lines, NoLimit)]
    private static partial Regex OptionInPage();

    [GeneratedRegex("--[a-z][a-z0-9-]*", Lines, NoLimit)]
    private static partial Regex LongOption();

    [GeneratedRegex(@"\b(LOG_LEVEL|(WG|PFSVPN)_[A-Z_]+)\b", Lines, NoLimit)]
    private static partial Regex Variable();
}
