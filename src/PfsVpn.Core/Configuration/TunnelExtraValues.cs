using System.Globalization;
using System.Text;
using PfsVpn.Packets;

namespace PfsVpn.Configuration;

/// <summary>The values of the keys behind <c>#!</c>.</summary>
/// <remarks>Values come as UTF-8 without white space around them. Errors are <see cref="FormatException"/>s, to be put behind a place. Threading: pure functions.</remarks>
internal static class TunnelExtraValues
{
    private const int SmallestSegment = 536;

    /// <summary>Sets a key of [Interface].</summary>
    public static void Set(TunnelFile file, string key, ReadOnlySpan<byte> value, int line)
    {
        switch (key)
        {
            case "KillSwitch":
                file.KillSwitch = ParseKillSwitch(value);
                break;
            case "KillSwitchAllow":
                ParsePrefixes(value, file.KillSwitchAllow);
                break;
            case "BindDevice":
                file.BindDevice = ParseDevice(value);
                break;
            case "BindAddress":
                file.BindAddresses = ParseAddresses(value);
                break;
            case "MssClamp":
                (file.MssClamp, file.MssClampSize) = ParseMssClamp(value);
                break;
            case "OnConnect":
                file.OnConnect.Add(Encoding.UTF8.GetString(value));
                break;
            case "OnDisconnect":
                file.OnDisconnect.Add(Encoding.UTF8.GetString(value));
                break;
            default:
                if (file.PrivateKeySource is not null) throw new FormatException($"line {file.PrivateKeySource.Line} says already where the private key comes from; leave one of the two out");
                var kind = key switch { "PrivateKeyFile" => TunnelKeySourceKind.File, "PrivateKeyCredential" => TunnelKeySourceKind.Credential, _ => TunnelKeySourceKind.Command };
                file.PrivateKeySource = new TunnelKeySource(kind, Encoding.UTF8.GetString(value), line);
                break;
        }
    }

    /// <summary>Sets a key of [Peer].</summary>
    public static void Set(TunnelPeer peer, string key, ReadOnlySpan<byte> value)
    {
        switch (key)
        {
            case "Name":
                peer.Name = ParseName(value);
                break;
            case "ExcludedIPs":
                ParsePrefixes(value, peer.ExcludedIps);
                break;
            case "OnConnect":
                peer.OnConnect.Add(Encoding.UTF8.GetString(value));
                break;
            default:
                peer.OnDisconnect.Add(Encoding.UTF8.GetString(value));
                break;
        }
    }

    /// <summary>Reads a number of bytes within limits.</summary>
    public static int ParseSize(ReadOnlySpan<byte> value, int smallest, int largest) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size >= smallest && size <= largest
            ? size
            : throw new FormatException($"not a number of bytes from {smallest} to {largest}: `{WgConfigValues.Echo(value)}'");

    private static KillSwitchMode ParseKillSwitch(ReadOnlySpan<byte> value)
    {
        if (WgConfigValues.Is(value, "on"u8)) return KillSwitchMode.On;
        if (WgConfigValues.Is(value, "off"u8)) return KillSwitchMode.Off;
        return WgConfigValues.Is(value, "always"u8) ? KillSwitchMode.Always : throw new FormatException($"not on, off or always: `{WgConfigValues.Echo(value)}'");
    }

    private static (bool Clamp, int? Size) ParseMssClamp(ReadOnlySpan<byte> value)
    {
        if (WgConfigValues.Is(value, "on"u8)) return (true, null);
        return WgConfigValues.Is(value, "off"u8) ? (false, null) : (true, ParseSize(value, SmallestSegment, ushort.MaxValue));
    }

    private static string ParseName(ReadOnlySpan<byte> value) =>
        PeerName.TryParse(value, out var name) ? name : throw new FormatException($"a name is plain UTF-8 text of at most {PeerName.MaximumLength} bytes, without control characters");

    private static string ParseDevice(ReadOnlySpan<byte> value) => BindText.TryParseDevice(value, out var device)
        ? device
        : throw new FormatException($"not the name of a network device (1 to {BindText.LongestDeviceName} letters): `{WgConfigValues.Echo(value)}'");

    private static BindAddresses ParseAddresses(ReadOnlySpan<byte> value) => BindText.TryParseAddresses(value, out var addresses)
        ? addresses
        : throw new FormatException($"not an IP address that a socket can be bound to, nor one of each family: `{WgConfigValues.Echo(value)}'");

    private static void ParsePrefixes(ReadOnlySpan<byte> value, List<IpPrefix> into)
    {
        foreach (var range in value.Split((byte)','))
        {
            var word = value[range].Trim(" \t"u8);
            into.Add(WgConfigValues.ParsePrefix(word, static _ => { }));
        }
    }
}
