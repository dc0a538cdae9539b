using System.Buffers.Text;

namespace PfsVpn.Cli.Control;

/// <summary>The errno that an answer ends with.</summary>
internal static class ErrnoText
{
    /// <summary>Reads an errno as a number that is not negative. wireguard-go, and <c>wg</c> for a set, have it negative; the protocol's description does not.</summary>
    public static bool TryParse(ReadOnlySpan<byte> value, out int errno)
    {
        if (!value.IsEmpty && value[0] == '-') value = value[1..];
        return Utf8Parser.TryParse(value, out errno, out var consumed) && consumed == value.Length && errno >= 0;
    }
}
