using System.Buffers;
using System.Text;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>What a device's UDP sockets can be bound to, as text: the name of an interface, an address.</summary>
/// <remarks>References: netdevice(7), kernel net/core/dev.c (dev_valid_name). Threading: pure functions.</remarks>
public static class BindText
{
    /// <summary>Bytes that the name of an interface has at most.</summary>
    public const int LongestDeviceName = 15;

    private static readonly SearchValues<byte> NotInNames = SearchValues.Create(" \t\n\v\f\r/:"u8);

    /// <summary>Whether a name could be that of an interface: what the kernel lets be one, in ASCII. Whether there is such an interface is not asked.</summary>
    public static bool IsDeviceName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= LongestDeviceName && !name.ContainsAny(NotInNames) && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~')
        && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);

    /// <summary>Reads the name of an interface; empty is none.</summary>
    public static bool TryParseDevice(ReadOnlySpan<byte> text, out string name)
    {
        name = "";
        if (text.IsEmpty) return true;
        if (!IsDeviceName(text)) return false;
        name = Encoding.ASCII.GetString(text);
        return true;
    }

    /// <summary>Reads an IPv4 or IPv6 address to bind to; empty is the default value, any. Not a multicast address. A link-local one needs an interface beside it.</summary>
    public static bool TryParseAddress(ReadOnlySpan<byte> text, out IpAddress address)
    {
        address = default;
        if (text.IsEmpty) return true;
        if (!UapiText.TryParseAddress(text, out address)) return false;
        return address.IsV4 ? address.V4 >> 28 != 0xE : address.High >> 56 != 0xFF;
    }
}
