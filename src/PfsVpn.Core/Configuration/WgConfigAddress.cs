using System.Buffers;
using System.Text;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>Addresses in exactly the forms that inet_pton(3) takes: no octal, no hex, no short forms, no scope.</summary>
/// <remarks>Threading: pure functions, no allocation for IPv4.</remarks>
internal static class WgConfigAddress
{
    private const int LongestIPv6 = 45;
    private static readonly SearchValues<byte> Ipv6Letters = SearchValues.Create("0123456789abcdefABCDEF:."u8);

    /// <summary>Reads an IPv6 address where there is a colon, else an IPv4 address.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out IpAddress address)
    {
        if (text.Contains((byte)':')) return TryParseV6(text, out address);
        address = default;
        if (!TryParseV4(text, out var v4)) return false;
        address = new IpAddress(v4);
        return true;
    }

    private static bool TryParseV4(ReadOnlySpan<byte> text, out uint v4)
    {
        v4 = 0;
        for (var part = 0; part < 4; part++)
        {
            var dot = text.IndexOf((byte)'.');
            var digits = dot < 0 ? text : text[..dot];
            if (dot < 0 != (part == 3) || digits.Length is 0 or > 3 || (digits.Length > 1 && digits[0] == '0')) return false;
            if (digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
            var value = 0u;
            foreach (var digit in digits) value = (value * 10) + (uint)(digit - '0');
            if (value > 255) return false;
            v4 = (v4 << 8) | value;
            text = text[(dot + 1)..];
        }
        return true;
    }

    private static bool TryParseV6(ReadOnlySpan<byte> text, out IpAddress address)
    {
        address = default;
        if (text.Length > LongestIPv6 || text.ContainsAnyExcept(Ipv6Letters)) return false;
        // The framework also takes loose forms of an embedded IPv4 address.
        if (text.Contains((byte)'.') && !TryParseV4(text[(text.LastIndexOf((byte)':') + 1)..], out _)) return false;
        Span<char> characters = stackalloc char[LongestIPv6];
        var length = Encoding.ASCII.GetChars(text, characters);
        return IpAddress.TryParse(characters[..length], out address) && !address.IsV4;
    }
}
