using System.Text;

namespace PfsVpn.Configuration;

/// <summary>What a line of a tunnel's file is to wg-quick: one of its own keys, or something that is the daemon's.</summary>
/// <remarks>References: wg-quick(8). Threading: pure functions.</remarks>
internal static class TunnelLine
{
    /// <summary>What a comment begins with that holds a key of PfsVpn. Stock tools see a comment.</summary>
    public static ReadOnlySpan<byte> ExtraMark => "#!"u8;

    /// <summary>The keys that wg-quick takes for itself, all of [Interface].</summary>
    public static IReadOnlyList<string> QuickKeys { get; } = ["Address", "MTU", "DNS", "Table", "PreUp", "PostUp", "PreDown", "PostDown", "SaveConfig"];

    /// <summary>The keys of [Interface] that stand in a comment behind <see cref="ExtraMark"/>.</summary>
    public static IReadOnlyList<string> ExtraKeysOfInterface { get; } =
    [
        "KillSwitch", "KillSwitchAllow", "BindDevice", "BindAddress", "PrivateKeyFile", "PrivateKeyCredential", "PrivateKeyCommand", "MssClamp", "OnConnect", "OnDisconnect",
        "RekeyAfterTime", "RekeyAfterBytes",
    ];

    /// <summary>The keys of [Peer] that stand in a comment behind <see cref="ExtraMark"/>.</summary>
    public static IReadOnlyList<string> ExtraKeysOfPeer { get; } = ["Name", "ExcludedIPs", "OnConnect", "OnDisconnect", "RekeyAfterTime", "RekeyAfterBytes"];

    /// <summary>
    /// Reads a line as wg-quick does. Returns the spelling of its key where it is one of wg-quick's, else null: then the line is the daemon's, or a comment.
    /// </summary>
    /// <param name="line">UTF-8 without the line feed.</param>
    /// <param name="inInterface">Whether the line stands in [Interface]; changed by the head of a section.</param>
    /// <param name="value">The value, without comment and without white space around it. Points into the line.</param>
    public static string? QuickKeyOf(ReadOnlySpan<byte> line, ref bool inInterface, out ReadOnlySpan<byte> value)
    {
        var text = WithoutComment(line);
        var (keyRange, valueRange) = Split(text);
        var key = text[keyRange];
        value = text[valueRange];
        if (!key.IsEmpty && key[0] == '[')
        {
            inInterface = Ascii.EqualsIgnoreCase(key, "[Interface]"u8);
            return null;
        }
        return inInterface ? Find(QuickKeys, key) : null;
    }

    /// <summary>Whether a line is a comment with a key of PfsVpn, and where the text behind the mark is.</summary>
    public static bool IsExtra(ReadOnlySpan<byte> line, out Range text)
    {
        text = Trim(line, 0, line.Length);
        if (!line[text].StartsWith(ExtraMark)) return false;
        text = (text.Start.Value + ExtraMark.Length)..text.End;
        return true;
    }

    /// <summary>Where key and value of an assignment are, without white space around them. As in wg-quick, a key without "=" is its own value.</summary>
    internal static (Range Key, Range Value) Split(ReadOnlySpan<byte> text)
    {
        var equals = text.IndexOf((byte)'=');
        return (Trim(text, 0, equals < 0 ? text.Length : equals), Trim(text, equals + 1, text.Length));
    }

    /// <summary>The text in front of a comment.</summary>
    internal static ReadOnlySpan<byte> WithoutComment(ReadOnlySpan<byte> line)
    {
        var comment = line.IndexOf((byte)'#');
        return comment < 0 ? line : line[..comment];
    }

    /// <summary>The spelling of a known key, or null.</summary>
    internal static string? Find(IReadOnlyList<string> keys, ReadOnlySpan<byte> key)
    {
        foreach (var known in keys)
            if (Ascii.EqualsIgnoreCase(key, known)) return known;
        return null;
    }

    private static Range Trim(ReadOnlySpan<byte> text, int start, int end)
    {
        while (start < end && IsSpace(text[start])) start++;
        while (end > start && IsSpace(text[end - 1])) end--;
        return start..end;
    }

    private static bool IsSpace(byte letter) => letter is (byte)' ' or (>= 9 and <= 13);
}
