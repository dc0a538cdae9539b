using System.Globalization;
using System.Text;

namespace PfsVpn.Configuration;

/// <summary>What may be the name of a peer: for people, beside its public key, and never in its place.</summary>
/// <remarks>Threading: pure functions.</remarks>
public static class PeerName
{
    /// <summary>Bytes of UTF-8 that a name has at most.</summary>
    public const int MaximumLength = 64;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a name: no control characters, no more than <see cref="MaximumLength"/> bytes. Empty is no name.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="name">The name.</param>
    public static bool TryParse(ReadOnlySpan<byte> text, out string name)
    {
        name = "";
        if (text.Length > MaximumLength) return false;
        try
        {
            name = Strict.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        return Refusal(name) is null;
    }

    /// <summary>Why <paramref name="name"/> cannot be a name, in words that go behind a colon; null where it can.</summary>
    public static string? Refusal(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (var rune in name.EnumerateRunes())
        {
            // A line separator or a change of direction would falsify what is shown around the name.
            if (rune == Rune.ReplacementChar || IsUnprintable(rune)) return "a name is plain text, without control characters";
        }
        return Encoding.UTF8.GetByteCount(name) > MaximumLength ? $"a name has at most {MaximumLength} bytes" : null;
    }

    private static bool IsUnprintable(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control
        or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator
        || rune.Value is 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
