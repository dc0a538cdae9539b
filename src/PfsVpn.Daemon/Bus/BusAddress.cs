using System.Globalization;
using System.Text;

namespace PfsVpn.Daemon.Bus;

/// <summary>Where the system's message bus listens.</summary>
/// <remarks>References: D-Bus specification, "Server Addresses", "Well-known Message Bus Instances".</remarks>
internal static class BusAddress
{
    /// <summary>Where it is unless the environment says something else.</summary>
    public const string Usual = "unix:path=/run/dbus/system_bus_socket";

    /// <summary>The variable that says something else.</summary>
    public const string Variable = "DBUS_SYSTEM_BUS_ADDRESS";

    /// <summary>
    /// The names of the unix sockets in a list of addresses, in their order, as they stand in a sockaddr_un: paths, and abstract names behind a zero byte.
    /// Other kinds of transport are left out.
    /// </summary>
    public static List<byte[]> SocketNames(string addresses)
    {
        var names = new List<byte[]>();
        foreach (var address in addresses.Split(';'))
        {
            if (!address.StartsWith("unix:", StringComparison.Ordinal)) continue;
            foreach (var pair in address["unix:".Length..].Split(','))
            {
                if (pair.StartsWith("path=", StringComparison.Ordinal)) names.Add(Unescape(pair["path=".Length..]));
                else if (pair.StartsWith("abstract=", StringComparison.Ordinal)) names.Add([0, .. Unescape(pair["abstract=".Length..])]);
            }
        }
        return names;
    }

    /// <summary>Bytes may be written as %xx; what is malformed is taken as it stands, and will not be found.</summary>
    private static byte[] Unescape(string text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                bytes.Add(value);
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes([text[i]]));
            }
        }
        return [.. bytes];
    }
}
