using System.Text;

namespace PfsVpn.Configuration;

/// <summary>What may be the name of a peer: for people, beside its public key, and never in its place.</summary>
/// <remarks>Threading: pure functions.</remarks>
internal static class PeerName
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
        if (name.Any(char.IsControl)) return "a name is text without control characters";
        try
        {
            return Strict.GetByteCount(name) > MaximumLength ? $"a name has at most {MaximumLength} bytes" : null;
        }
        catch (EncoderFallbackException)
        {
            return "a name is text in UTF-8";
        }
    }
}
