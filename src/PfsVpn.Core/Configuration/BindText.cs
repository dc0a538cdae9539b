using System.Buffers;
using System.Text;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>What a device's UDP sockets can be bound to, as text: the name of an interface, an address.</summary>
/// <remarks>References: netdevice(7), kernel net/core/dev.c (dev_valid_name). Threading: pure functions.</remarks>
internal static class BindText
{
    /// <summary>Bytes that the name of an interface has at most.</summary>
    public const int LongestDeviceName = 15;

    private static readonly SearchValues<byte> NotInNames = SearchValues.Create(" \t\n\v\f\r/:"u8);

    /// <summary>Reads the name of an interface, what the kernel lets be one, in ASCII; empty is none. Whether there is such an interface is not asked.</summary>
    public static bool TryParseDevice(ReadOnlySpan<byte> text, out string name)
    {
        name = "";
        if (text.IsEmpty) return true;
        if (!IsDeviceName(text)) return false;
        name = Encoding.ASCII.GetString(text);
        return true;
    }

    /// <summary>
    /// Reads at most one address of each family, separated by a comma; empty is any. No multicast addresses. A link-local one needs an interface beside it.
    /// </summary>
    public static bool TryParseAddresses(ReadOnlySpan<byte> text, out BindAddresses addresses)
    {
        addresses = default;
        if (text.IsEmpty) return true;
        foreach (var range in text.Split((byte)','))
        {
            if (!UapiText.TryParseAddress(text[range].Trim((byte)' '), out var address) || IsMulticast(address) || !addresses.TryAdd(address, out addresses)) return false;
        }
        return true;
    }

    private static bool IsMulticast(in IpAddress address) => address.IsV4 ? address.V4 >> 28 == 0xE : address.High >> 56 == 0xFF;

    private static bool IsDeviceName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= LongestDeviceName && !name.ContainsAny(NotInNames) && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~')
        && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);
}
