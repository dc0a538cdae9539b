using System.Globalization;
using System.Net.NetworkInformation;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Input;

/// <summary>What the commands ask about addresses and prefixes.</summary>
/// <remarks>Threading: pure functions.</remarks>
internal static class Prefixes
{
    /// <summary>Whether an address lies in a prefix.</summary>
    public static bool Contains(this IpPrefix prefix, IpAddress address) => prefix.Address.Family == address.Family && address.Mask(prefix.Length) == prefix.Address;

    /// <summary>Whether all of <paramref name="inner"/> lies in <paramref name="outer"/>.</summary>
    public static bool Covers(this IpPrefix outer, IpPrefix inner) => inner.Length >= outer.Length && outer.Contains(inner.Address);

    /// <summary>Whether two prefixes have an address in common.</summary>
    public static bool Overlaps(this IpPrefix left, IpPrefix right) => left.Covers(right) || right.Covers(left);

    /// <summary>Whether this is everything of its family, or one of the two halves that stand for it.</summary>
    public static bool IsDefault(this IpPrefix prefix) => prefix.Length <= 1;

    /// <summary>Reads ADDRESS or ADDRESS/LENGTH, keeping the bits behind the prefix in <paramref name="address"/>.</summary>
    public static bool TryParse(string text, out IpAddress address, out IpPrefix prefix)
    {
        prefix = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IpAddress.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out address)) return false;
        var length = address.BitLength;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > address.BitLength)) return false;
        prefix = new IpPrefix(address, length);
        return true;
    }

    /// <summary>The addresses among some texts, in their order. What is none is passed over.</summary>
    public static List<IpAddress> AddressesOf(IEnumerable<string> texts)
    {
        var found = new List<IpAddress>();
        foreach (var text in texts)
            if (IpAddress.TryParse(text, out var address)) found.Add(address);
        return found;
    }

    /// <summary>The networks that this host has addresses in, loopback left out, with the device of each.</summary>
    public static List<(string Device, IpAddress Address, IpPrefix Prefix)> OfThisHost()
    {
        var found = new List<(string, IpAddress, IpPrefix)>();
        foreach (var device in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (device.NetworkInterfaceType == NetworkInterfaceType.Loopback) continue;
            foreach (var unicast in device.GetIPProperties().UnicastAddresses)
            {
                var address = IpAddress.From(unicast.Address);
                found.Add((device.Name, address, new IpPrefix(address, unicast.PrefixLength)));
            }
        }
        return found;
    }
}
