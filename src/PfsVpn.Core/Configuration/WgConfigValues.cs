using System.Buffers;
using System.Globalization;
using System.Text;
using PfsVpn.Crypto;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>The values of the configuration grammar, shared by files and by the command line of <c>set</c>.</summary>
/// <remarks>
/// Values come as UTF-8 without white space. Errors are <see cref="FormatException"/>s that say what is wrong, to be put behind a place;
/// those about keys never repeat what was given. Threading: pure functions.
/// </remarks>
internal static class WgConfigValues
{
    private const int LongestEcho = 60;
    private const int ShortestSuspect = 32;
    private static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdefABCDEF"u8);
    private static readonly SearchValues<byte> Base64Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    /// <summary>Reads a secret key into a new slot, which the caller owns.</summary>
    public static SecretKey ParseSecret(ReadOnlySpan<byte> value, SecretArena arena)
    {
        var key = arena.Allocate();
        if (KeyText.TryDecodeBase64(value, key.Bytes)) return key;
        key.Dispose();
        throw NotAKey(value);
    }

    /// <summary>Reads a public key.</summary>
    public static PublicKey ParsePublicKey(ReadOnlySpan<byte> value)
    {
        Span<byte> key = stackalloc byte[PublicKey.SizeInBytes];
        return KeyText.TryDecodeBase64(value, key) ? new PublicKey(key) : throw NotAKey(value);
    }

    /// <summary>Reads a UDP port, 0 to 65535, or the name of a service where <paramref name="servicePort"/> knows it.</summary>
    public static ushort ParsePort(ReadOnlySpan<byte> value, Func<string, ushort?>? servicePort)
    {
        if (TryParseNumber(value, ushort.MaxValue, out var port)) return (ushort)port;
        if (!value.IsEmpty && !IsNumeric(value) && servicePort?.Invoke(Encoding.UTF8.GetString(value)) is { } named) return named;
        throw new FormatException($"not a port from 0 to 65535: `{Echo(value)}'");
    }

    /// <summary>Reads a firewall mark: decimal, hexadecimal behind 0x, or off.</summary>
    public static uint ParseFirewallMark(ReadOnlySpan<byte> value)
    {
        if (Is(value, "off"u8)) return 0;
        if (TryParseNumber(value, uint.MaxValue, out var mark)) return (uint)mark;
        if (value.StartsWith("0x"u8) && !value[2..].ContainsAnyExcept(HexDigits))
        {
            var digits = value[2..].TrimStart((byte)'0');
            if (value.Length > 2 && digits.IsEmpty) return 0;
            if (digits.Length <= 8 && uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex)) return hex;
        }
        throw new FormatException($"not a mark from 0 to 0xffffffff, nor off: `{Echo(value)}'");
    }

    /// <summary>Reads an interval of persistent keepalives in seconds, 0 to 65535, or off.</summary>
    public static ushort ParsePersistentKeepalive(ReadOnlySpan<byte> value)
    {
        if (Is(value, "off"u8)) return 0;
        if (TryParseNumber(value, ushort.MaxValue, out var seconds)) return (ushort)seconds;
        throw new FormatException($"not an interval from 1 to 65535 seconds, nor 0 or off: `{Echo(value)}'");
    }

    /// <summary>Reads the age at which a key gets a successor: 10 to 120 seconds, 0 or off.</summary>
    public static ushort ParseRekeyTime(ReadOnlySpan<byte> value)
    {
        if (Is(value, "off"u8)) return 0;
        if (KeyLifeText.TryParseSeconds(value, out var seconds)) return seconds;
        throw new FormatException($"not a time {KeyLifeText.AllowedSeconds}, nor 0 or off: `{Echo(value)}'");
    }

    /// <summary>Reads the number of bytes after which a key gets a successor: at least 1M, with K, M or G behind it or not; 0 or off.</summary>
    public static ulong ParseRekeyBytes(ReadOnlySpan<byte> value)
    {
        if (Is(value, "off"u8)) return 0;
        if (KeyLifeText.TryParseSize(value, out var bytes)) return bytes;
        throw new FormatException($"not a number of bytes such as 512M or 1G, {KeyLifeText.AllowedBytes}, nor 0 or off: `{Echo(value)}'");
    }

    /// <summary>
    /// Reads a list of prefixes into <paramref name="into"/>. A '+' or '-' in front of one adds or removes it and leaves all others alone.
    /// Prefixes whose address has bits behind the prefix length are accepted with a warning.
    /// </summary>
    /// <returns>Whether the list replaces what the peer had.</returns>
    public static bool ParseAllowedIps(ReadOnlySpan<byte> value, List<AllowedIpChange> into, Action<string> warn)
    {
        if (value.IsEmpty) return true;
        var replace = true;
        foreach (var range in value.Split((byte)','))
        {
            var entry = value[range];
            var remove = !entry.IsEmpty && entry[0] == '-';
            if (remove || (!entry.IsEmpty && entry[0] == '+'))
            {
                replace = false;
                entry = entry[1..];
            }
            into.Add(new AllowedIpChange(ParsePrefix(entry, warn), remove));
        }
        return replace;
    }

    /// <summary>
    /// Reads HOST:PORT or [HOST]:PORT. What is numeric is returned as an address; anything else as host and port for a look-up, and
    /// <paramref name="address"/> is null.
    /// </summary>
    public static (string Host, string Port) ParseEndpoint(ReadOnlySpan<byte> value, out EndpointAddress? address)
    {
        ReadOnlySpan<byte> host, port;
        if (!value.IsEmpty && value[0] == '[')
        {
            var bracket = value.IndexOf((byte)']');
            if (bracket < 0) throw new FormatException($"no closing ] in `{Echo(value)}'");
            host = value[1..bracket];
            var rest = value[(bracket + 1)..];
            port = !rest.IsEmpty && rest[0] == ':' ? rest[1..] : default;
        }
        else
        {
            var colon = value.LastIndexOf((byte)':');
            host = colon < 0 ? value : value[..colon];
            port = colon < 0 ? default : value[(colon + 1)..];
        }
        if (port.IsEmpty) throw new FormatException($"no port: `{Echo(value)}' must be HOST:PORT, or [ADDRESS]:PORT for IPv6");
        if (host.IsEmpty) throw new FormatException($"no host: `{Echo(value)}' must be HOST:PORT, or [ADDRESS]:PORT for IPv6");
        var numericPort = TryParseNumber(port, ushort.MaxValue, out var number);
        if (!numericPort && IsNumeric(port)) throw new FormatException($"not a port from 0 to 65535: `{Echo(port)}'");
        address = numericPort && WgConfigAddress.TryParse(host, out var ip) ? new EndpointAddress(ip, (ushort)number) : null;
        return address is null ? (Encoding.UTF8.GetString(host), Encoding.UTF8.GetString(port)) : default;
    }

    /// <summary>A printable form of something that the user wrote, at most 60 characters of it, and nothing of what could be a key in the wrong place.</summary>
    public static string Echo(ReadOnlySpan<byte> value)
    {
        if (HoldsKey(value)) return "(could be a key, not shown)";
        var text = Encoding.UTF8.GetString(value[..Math.Min(value.Length, LongestEcho)]);
        var printable = string.Concat(text.Select(static character => char.IsControl(character) ? '?' : character));
        return value.Length > LongestEcho ? printable + "…" : printable;
    }

    /// <summary>Whether the value is this word, in either case.</summary>
    public static bool Is(ReadOnlySpan<byte> value, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(value, word);

    /// <summary>Whether there is a run of letters as long as that of a key, or of most of one.</summary>
    private static bool HoldsKey(ReadOnlySpan<byte> value)
    {
        while (value.Length >= ShortestSuspect)
        {
            var run = value.IndexOfAnyExcept(Base64Letters);
            if (run is < 0 or >= ShortestSuspect) return true;
            value = value[(run + 1)..];
        }
        return false;
    }

    /// <summary>Reads one prefix, or an address for one of its whole length.</summary>
    public static IpPrefix ParsePrefix(ReadOnlySpan<byte> entry, Action<string> warn)
    {
        if (entry.IsEmpty) throw new FormatException("an empty entry between commas; write ADDRESS/LENGTH,ADDRESS/LENGTH,...");
        var slash = entry.IndexOf((byte)'/');
        var host = slash < 0 ? entry : entry[..slash];
        if (!WgConfigAddress.TryParse(host, out var address)) throw new FormatException($"not an IP address: `{Echo(host)}'");
        var bits = (ulong)address.BitLength;
        if (slash >= 0 && !TryParseNumber(entry[(slash + 1)..], bits, out bits))
            throw new FormatException($"not a prefix length from 0 to {address.BitLength}: `{Echo(entry)}'");
        var prefix = new IpPrefix(address, (int)bits);
        if (prefix.Address != address) warn($"AllowedIP has nonzero host part: {address}/{bits}");
        return prefix;
    }

    private static bool IsNumeric(ReadOnlySpan<byte> value) => !value.IsEmpty && (char.IsAsciiDigit((char)value[0]) || value[0] is (byte)'-' or (byte)'+');

    private static bool TryParseNumber(ReadOnlySpan<byte> value, ulong largest, out ulong number)
    {
        number = 0;
        if (value.IsEmpty || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return false;
        foreach (var digit in value)
        {
            number = (number * 10) + (ulong)(digit - '0');
            if (number > largest) return false;
        }
        return true;
    }

    private static FormatException NotAKey(ReadOnlySpan<byte> value) =>
        new($"not a key of 32 bytes in base64 ({KeyText.Base64Length} characters)" +
            (value.Length == KeyText.Base64Length ? "" : $"; this has {value.Length}"));
}
