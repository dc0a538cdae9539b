using System.Globalization;
using System.Text;

namespace PfsVpn.Cli.Output;

/// <summary>Text for a terminal: nothing in it may move the cursor or turn the direction of writing, whoever said it.</summary>
internal static class PrintableText
{
    /// <summary>The text with a question mark for each character that is none.</summary>
    public static string Of(string text)
    {
        if (!text.Any(IsActive)) return text;
        var clean = new StringBuilder(text.Length);
        foreach (var letter in text) clean.Append(IsActive(letter) ? '?' : letter);
        return clean.ToString();
    }

    private static bool IsActive(char letter) =>
        char.GetUnicodeCategory(letter) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
