using System.Buffers;
using System.Text;
using System.Text.Unicode;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>What a device's UDP sockets can be bound to, as text: the name of an interface, an address.</summary>
/// <remarks>References: netdevice(7), kernel net/core/dev.c (dev_valid_name); Microsoft's page NET_IF_ALIAS. Threading: pure functions.</remarks>
internal static class BindText
{
    /// <summary>Bytes of UTF-8 that the alias of an interface has at most here. Windows lets it have 256 characters.</summary>
    private const int LongestAlias = 100;

    private const int LongestLinuxName = 15;

    private static readonly SearchValues<byte> NotInNames = SearchValues.Create(" \t\n\v\f\r/:"u8);

    /// <summary>Bytes that the name of an interface has at most on this system.</summary>
    public static int LongestDeviceName => OperatingSystem.IsWindows() ? LongestAlias : LongestLinuxName;

    /// <summary>
    /// Reads the name of an interface; empty is none. Linux: what the kernel lets be one, in ASCII. Windows: an alias without control characters, nor the mark of a comment, which
    /// files could not carry. Whether there is such an interface is not asked.
    /// </summary>
    public static bool TryParseDevice(ReadOnlySpan<byte> text, out string name) => TryParseDevice(text, OperatingSystem.IsWindows(), out name);

    /// <summary>The same for one of the systems.</summary>
    internal static bool TryParseDevice(ReadOnlySpan<byte> text, bool onWindows, out string name)
    {
        name = "";
        if (text.IsEmpty) return true;
        if (!(onWindows ? IsAlias(text) : IsDeviceName(text))) return false;
        name = Encoding.UTF8.GetString(text);
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
        name.Length <= LongestLinuxName && !name.ContainsAny(NotInNames) && !name.ContainsAnyExceptInRange((byte)'!', (byte)'~')
        && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);

    private static bool IsAlias(ReadOnlySpan<byte> name) =>
        name.Length <= LongestAlias && !name.Contains((byte)'#') && name.Trim((byte)' ').Length == name.Length && Utf8.IsValid(name)
        && !Encoding.UTF8.GetString(name).Any(char.IsControl);
}
