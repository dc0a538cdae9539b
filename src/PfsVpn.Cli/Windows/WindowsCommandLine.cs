using System.Text;

namespace PfsVpn.Cli.Windows;

/// <summary>Words as one line, as programs of Windows take it apart again.</summary>
/// <remarks>References: Microsoft's page Parsing C command-line arguments (CommandLineToArgvW).</remarks>
internal static class WindowsCommandLine
{
    /// <summary>The line for these words, the program's path first: it is always in quotes, so that no part of it is taken for the program.</summary>
    public static string Join(IReadOnlyList<string> words)
    {
        var line = new StringBuilder();
        line.Append('"').Append(words[0]).Append('"');
        foreach (var word in words.Skip(1)) Append(line.Append(' '), word);
        return line.ToString();
    }

    private static void Append(StringBuilder line, string word)
    {
        if (word.Length != 0 && !word.AsSpan().ContainsAny(" \t\n\v\""))
        {
            line.Append(word);
            return;
        }
        line.Append('"');
        var backslashes = 0;
        foreach (var letter in word)
        {
            // Backslashes stand for themselves, except before a quote.
            if (letter == '"') line.Append('\\', backslashes + 1);
            backslashes = letter == '\\' ? backslashes + 1 : 0;
            line.Append(letter);
        }
        line.Append('\\', backslashes).Append('"');
    }
}
