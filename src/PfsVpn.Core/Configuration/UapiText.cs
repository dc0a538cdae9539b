using System.Buffers.Text;
using PfsVpn.Interop;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>Numbers, addresses, prefixes and endpoints as UTF-8 text of the control interface: strict, and without a managed string between.</summary>
/// <remarks>References: inet_pton(3), RFC 4291 §2.2, RFC 5952, RFC 4007 §11. Threading: pure functions, but for the look-up of an interface's name.</remarks>
internal static class UapiText
{
    /// <summary>Room for any text that this class writes: an IPv6 address, its scope, and a port take at most 64 bytes.</summary>
    public const int MaximumLength = 64;

    /// <summary>Reads decimal digits and nothing else.</summary>
    public static bool TryParseNumber(ReadOnlySpan<byte> text, ulong maximum, out ulong value)
    {
        value = 0;
        if (text.Length is 0 or > 20) return false;
        foreach (var digit in text)
        {
            var next = (uint)(digit - '0');
            if (next > 9 || value > (ulong.MaxValue - next) / 10) return false;
            value = (value * 10) + next;
        }
        return value <= maximum;
    }

    /// <summary>Reads a firewall mark: decimal, or hexadecimal behind <c>0x</c>.</summary>
    public static bool TryParseMark(ReadOnlySpan<byte> text, out uint value)
    {
        if (text.StartsWith("0x"u8) || text.StartsWith("0X"u8))
            return Utf8Parser.TryParse(text[2..], out value, out var consumed, 'x') && consumed == text.Length - 2;
        var valid = TryParseNumber(text, uint.MaxValue, out var number);
        value = (uint)number;
        return valid;
    }

    /// <summary>Reads <c>address/length</c>; the bits behind the prefix are cleared, as everywhere.</summary>
    public static bool TryParsePrefix(ReadOnlySpan<byte> text, out IpPrefix prefix)
    {
        prefix = default;
        var slash = text.IndexOf((byte)'/');
        if (slash < 0 || !TryParseAddress(text[..slash], out var address)) return false;
        var bits = text[(slash + 1)..];
        if (bits is [(byte)'0', _, ..] || !TryParseNumber(bits, (ulong)address.BitLength, out var length)) return false;
        prefix = new IpPrefix(address, (int)length);
        return true;
    }

    /// <summary>
    /// Reads <c>192.0.2.1:51820</c>, <c>[2001:db8::1]:51820</c> or <c>[fe80::1%eth0]:51820</c>, the scope by name or by number: <c>wg</c> writes the name.
    /// </summary>
    public static bool TryParseEndpoint(ReadOnlySpan<byte> text, out EndpointAddress endpoint)
    {
        endpoint = default;
        var colon = text.LastIndexOf((byte)':');
        if (colon < 0 || !TryParseNumber(text[(colon + 1)..], ushort.MaxValue, out var port) || port == 0) return false;
        var host = text[..colon];
        if (host is not [(byte)'[', .. var inner, (byte)']'])
        {
            if (!TryParseV4(host, out var v4)) return false;
            endpoint = new EndpointAddress(v4, (ushort)port);
            return true;
        }
        var percent = inner.IndexOf((byte)'%');
        uint scope = 0;
        if (percent >= 0 && !TryParseScope(inner[(percent + 1)..], out scope)) return false;
        if (!TryParseV6(percent < 0 ? inner : inner[..percent], out var v6)) return false;
        // Elsewhere than on a link-local address a scope means nothing, and no socket looks at it.
        endpoint = new EndpointAddress(v6, (ushort)port, IsLinkLocal(v6) ? scope : 0);
        return true;
    }

    /// <summary>Reads an IPv4 or IPv6 address without scope.</summary>
    public static bool TryParseAddress(ReadOnlySpan<byte> text, out IpAddress address) =>
        text.Contains((byte)':') ? TryParseV6(text, out address) : TryParseV4(text, out address);

    /// <summary>Writes the usual form and returns its length: at most 45 bytes.</summary>
    public static int FormatAddress(in IpAddress address, Span<byte> destination)
    {
        if (address.IsV4) return FormatV4(address.V4, destination);
        if (address.High == 0 && address.Low >> 32 == 0xffff)
        {
            "::ffff:"u8.CopyTo(destination);
            return 7 + FormatV4((uint)address.Low, destination[7..]);
        }
        return FormatV6(address, destination);
    }

    /// <summary>Writes <c>address/length</c> and returns its length in bytes.</summary>
    public static int FormatPrefix(in IpPrefix prefix, Span<byte> destination)
    {
        var length = FormatAddress(prefix.Address, destination);
        destination[length++] = (byte)'/';
        return length + FormatNumber(prefix.Length, destination[length..]);
    }

    /// <summary>Writes an endpoint, a scope as its number, and returns the length in bytes.</summary>
    public static int FormatEndpoint(in EndpointAddress endpoint, Span<byte> destination)
    {
        var length = 0;
        if (!endpoint.Address.IsV4) destination[length++] = (byte)'[';
        length += FormatAddress(endpoint.Address, destination[length..]);
        if (endpoint.ScopeId != 0)
        {
            destination[length++] = (byte)'%';
            length += FormatNumber(endpoint.ScopeId, destination[length..]);
        }
        if (!endpoint.Address.IsV4) destination[length++] = (byte)']';
        destination[length++] = (byte)':';
        return length + FormatNumber(endpoint.Port, destination[length..]);
    }

    /// <summary>Writes decimal digits and returns how many: at most 20.</summary>
    public static int FormatNumber(ulong value, Span<byte> destination)
    {
        _ = Utf8Formatter.TryFormat(value, destination, out var written);
        return written;
    }

    private static bool IsLinkLocal(in IpAddress address) => address.High >> 54 == 0xfe80 >> 6;

    private static bool TryParseScope(ReadOnlySpan<byte> text, out uint scope)
    {
        scope = 0;
        if (!InterfaceNames.IsPossible(text)) return false;
        // As glibc does it: a name that looks like a number is a name first.
        scope = InterfaceNames.IndexOf(text);
        if (scope != 0) return true;
        if (!TryParseNumber(text, uint.MaxValue, out var number)) return false;
        scope = (uint)number;
        return true;
    }

    private static bool TryParseV4(ReadOnlySpan<byte> text, out IpAddress address)
    {
        address = default;
        uint value = 0;
        for (var part = 0; part < 4; part++)
        {
            var end = part == 3 ? text.Length : text.IndexOf((byte)'.');
            if (end < 0 || end > 3) return false;
            var digits = text[..end];
            // A leading zero would be octal to some, decimal to others.
            if (digits is [(byte)'0', _, ..] || !TryParseNumber(digits, byte.MaxValue, out var octet)) return false;
            value = (value << 8) | (uint)octet;
            if (part < 3) text = text[(end + 1)..];
        }
        address = new IpAddress(value);
        return true;
    }

    private static bool TryParseV6(ReadOnlySpan<byte> text, out IpAddress address)
    {
        address = default;
        Span<ushort> groups = stackalloc ushort[8];
        var count = 0;
        var gap = -1;
        if (text.StartsWith("::"u8))
        {
            gap = 0;
            text = text[2..];
        }
        while (!text.IsEmpty)
        {
            if (count == 8) return false;
            var colon = text.IndexOf((byte)':');
            var group = colon < 0 ? text : text[..colon];
            if (colon < 0 && group.Contains((byte)'.'))
            {
                if (count > 6 || !TryParseV4(group, out var v4)) return false;
                groups[count++] = (ushort)(v4.V4 >> 16);
                groups[count++] = (ushort)v4.V4;
                break;
            }
            if (group.Length > 4 || !Utf8Parser.TryParse(group, out groups[count], out var consumed, 'x') || consumed != group.Length) return false;
            count++;
            if (colon < 0) break;
            text = text[(colon + 1)..];
            if (text.IsEmpty) return false;
            if (text[0] != (byte)':') continue;
            if (gap >= 0) return false;
            gap = count;
            text = text[1..];
        }
        if (gap < 0 ? count != 8 : count == 8) return false;
        address = Assemble(groups, count, gap);
        return true;
    }

    /// <summary>Puts the zeros of <c>::</c> between the groups before and behind it.</summary>
    private static IpAddress Assemble(Span<ushort> groups, int count, int gap)
    {
        if (gap >= 0)
        {
            var behind = count - gap;
            groups.Slice(gap, behind).CopyTo(groups[(8 - behind)..]);
            groups[gap..(8 - behind)].Clear();
        }
        ulong high = 0, low = 0;
        for (var i = 0; i < 4; i++)
        {
            high = (high << 16) | groups[i];
            low = (low << 16) | groups[i + 4];
        }
        return new IpAddress(high, low);
    }

    private static int FormatV4(uint value, Span<byte> destination)
    {
        var length = 0;
        for (var shift = 24; shift >= 0; shift -= 8)
        {
            length += FormatNumber((byte)(value >> shift), destination[length..]);
            if (shift > 0) destination[length++] = (byte)'.';
        }
        return length;
    }

    private static int FormatV6(in IpAddress address, Span<byte> destination)
    {
        Span<ushort> groups = stackalloc ushort[8];
        for (var i = 0; i < 4; i++)
        {
            groups[i] = (ushort)(address.High >> (48 - (16 * i)));
            groups[i + 4] = (ushort)(address.Low >> (48 - (16 * i)));
        }
        var (start, zeros) = LongestZeros(groups);
        var length = 0;
        for (var i = 0; i < 8; i++)
        {
            if (i == start)
            {
                "::"u8.CopyTo(destination[length..]);
                length += 2;
                i += zeros - 1;
                continue;
            }
            if (i > 0 && i != start + zeros) destination[length++] = (byte)':';
            _ = Utf8Formatter.TryFormat(groups[i], destination[length..], out var written, 'x');
            length += written;
        }
        return length;
    }

    /// <summary>The first of the longest runs of at least two zero groups (RFC 5952 §4.2), or a start of -1 and a length of 0.</summary>
    private static (int Start, int Length) LongestZeros(ReadOnlySpan<ushort> groups)
    {
        var (bestStart, bestLength) = (-1, 0);
        for (var i = 0; i < groups.Length; i++)
        {
            var length = groups[i..].IndexOfAnyExcept((ushort)0);
            if (length < 0) length = groups.Length - i;
            if (length > Math.Max(bestLength, 1)) (bestStart, bestLength) = (i, length);
            i += length;
        }
        return (bestStart, bestLength);
    }
}
