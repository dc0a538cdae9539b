using System.Text;
using PfsVpn.Cli.Output;
using PfsVpn.Tests.Architecture;

namespace PfsVpn.Tests.Packaging;

/// <summary>What Tab offers, asked of the shells themselves.</summary>
public sealed class CompletionTests : IDisposable
{
    private static readonly string Completions = Path.Combine(SourceFile.Root, "packaging/completions");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("package-completion-");

    public CompletionTests()
    {
        var program = Path.Combine(_folder.FullName, "pfsvpn");
        File.WriteAllText(program, "#!/bin/sh\n[ \"$*\" = 'show interfaces' ] && echo 'wg0 office'\n[ \"$*\" = 'show wg0 peers' ] && echo PEERKEY=\nexit 0\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public void Every_command_and_every_option_is_in_the_file(string shell)
    {
        var text = CommandWords.Read($"packaging/completions/pfsvpn.{shell}");
        foreach (var command in CommandWords.Commands)
        {
            foreach (var word in command.Split(' ')) Assert.Matches($"(^|[ ':(]){word}([ ':|)]|$)", text);
            foreach (var option in CommandWords.OptionsOf(command))
                Assert.Matches(string.Equals(shell, "fish", StringComparison.Ordinal) ? $"-l {option[2..]} " : $"{option}([ ';\\[=:]|$)", text);
        }
        foreach (var selector in SelectorPrinter.Selectors) Assert.Matches($"[ ']{selector}[ ']", text);
    }

    [Fact]
    public void Bash_offers_commands_parts_options_interfaces_and_peers() => Offers(Bash);

    [ProgramFact("fish")]
    public void Fish_offers_commands_parts_options_interfaces_and_peers() => Offers(Fish);

    [ProgramFact("zsh")]
    public void Zsh_completes_commands_parts_options_interfaces_and_peers()
    {
        File.Copy(Path.Combine(Completions, "pfsvpn.zsh"), Path.Combine(_folder.FullName, "_pfsvpn"));
        Assert.Equal(["pfsvpn syncconf ", "pfsvpn lab seizure ", "pfsvpn lab memory --quick ", "pfsvpn show office ", "pfsvpn set wg0 peer PEERKEY= "],
            Zsh("pfsvpn sync", "pfsvpn lab sei", "pfsvpn lab memory --q", "pfsvpn show of", "pfsvpn set wg0 peer P"));
    }

    private static void Offers(Func<string[], List<HashSet<string>>> complete)
    {
        var commands = CommandWords.Commands;
        var lines = commands.Select(static command => "pfsvpn " + command).Concat(commands.Select(static command => $"pfsvpn {command} --"));
        var offered = complete([.. lines, "pfsvpn show ", "pfsvpn show wg0 latest", "pfsvpn set wg0 peer ", "pfsvpn set wg0 peer KEY end", "pfsvpn set wg0 list"]);
        for (var index = 0; index < commands.Count; index++)
        {
            Assert.Contains(commands[index].Split(' ')[^1], offered[index]);
            foreach (var option in CommandWords.OptionsOf(commands[index])) Assert.Contains(option, offered[commands.Count + index]);
        }
        Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "wg0", "office", "all", "interfaces" }, offered[^5]);
        Assert.Equal(["latest-handshakes"], offered[^4]);
        Assert.Contains("PEERKEY=", offered[^3]);
        Assert.Contains("endpoint", offered[^2]);
        Assert.Contains("listen-port", offered[^1]);
    }

    private List<HashSet<string>> Bash(string[] lines)
    {
        var script = new StringBuilder($"source '{Completions}/pfsvpn.bash'\n");
        foreach (var line in lines)
        {
            var words = line.Split(' ');
            script.Append(System.Globalization.CultureInfo.InvariantCulture, $"COMP_WORDS=({string.Join(' ', words.Select(static word => $"'{word}'"))}); COMP_CWORD={words.Length - 1}; _pfsvpn; echo \"${{COMPREPLY[*]}}\"\n");
        }
        return [.. Shell.RunWith(_folder.FullName, "bash", "--norc", "-c", script.ToString()).TrimEnd('\n').Split('\n').Select(static line => Set(line.Split(' ')))];
    }

    private List<HashSet<string>> Fish(string[] lines)
    {
        var script = new StringBuilder($"source '{Completions}/pfsvpn.fish'\n");
        foreach (var line in lines) script.Append(System.Globalization.CultureInfo.InvariantCulture, $"complete -C '{line}'; echo END\n");
        return [.. Shell.RunWith(_folder.FullName, "fish", "--no-config", "-c", script.ToString()).Split("END\n")[..^1].Select(static offered => Set(offered.Split('\n').Select(static line => line.Split('\t')[0])))];
    }

    private string[] Zsh(params string[] lines) =>
        Shell.RunWith(_folder.FullName, "zsh", ["-f", Path.Combine(SourceFile.Root, "tests/zsh-completion.zsh"), _folder.FullName, .. lines]).Replace("\r", "", StringComparison.Ordinal).TrimEnd('\n').Split('\n');

    private static HashSet<string> Set(IEnumerable<string> words) => words.Where(static word => word.Length > 0).ToHashSet(StringComparer.Ordinal);
}
