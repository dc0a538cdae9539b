using System.Text;

namespace PfsVpn.Configuration;

/// <summary>The keys of the configuration grammar, and what to say about those that are not.</summary>
internal static class WgConfigKeys
{
    /// <summary>Keys of [Interface].</summary>
    public static readonly string[] OfInterface = ["PrivateKey", "ListenPort", "FwMark", "RekeyAfterTime", "RekeyAfterBytes"];

    /// <summary>Keys of [Peer].</summary>
    public static readonly string[] OfPeer = ["PublicKey", "PresharedKey", "AllowedIPs", "Endpoint", "PersistentKeepalive", "RekeyAfterTime", "RekeyAfterBytes"];

    /// <summary>Keys that only wg-quick knows.</summary>
    private static readonly string[] OfWgQuick = ["Address", "DNS", "MTU", "Table", "PreUp", "PostUp", "PreDown", "PostDown", "SaveConfig"];

    /// <summary>The spelling of a known key, or null.</summary>
    public static string? Find(string[] keys, ReadOnlySpan<byte> key)
    {
        foreach (var known in keys)
            if (Ascii.EqualsIgnoreCase(key, known)) return known;
        return null;
    }

    /// <summary>The spelling and the reason for a key that a section does not know.</summary>
    public static (string Key, string Reason) Explain(ReadOnlySpan<byte> key, bool inPeer, string file)
    {
        if (Find(OfWgQuick, key) is { } quick)
            return (quick, $"only wg-quick knows this key; use wg-quick strip, as in: pfsvpn setconf NAME <(wg-quick strip {file})");
        if (Find(inPeer ? OfInterface : OfPeer, key) is { } misplaced)
            return (misplaced, inPeer ? "belongs in [Interface], not in [Peer]" : "belongs in [Peer], not in [Interface]");
        return (WgConfigValues.Echo(key), $"unknown key; {(inPeer ? "[Peer]" : "[Interface]")} knows {string.Join(", ", inPeer ? OfPeer : OfInterface)}");
    }
}
