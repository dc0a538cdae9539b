using System.Globalization;
using System.Net;
using PfsVpn.Configuration;
using PfsVpn.Crypto;

namespace PfsVpn.Hosting;

/// <summary>Makes <see cref="TunnelOptions"/> out of a file; text and keys stay in locked memory.</summary>
internal static class ConfigurationReader
{
    private const int LargestFileBytes = 16 * 1024 * 1024;

    public static TunnelOptions ReadFile(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            var length = RandomAccess.GetLength(file);
            if (length > LargestFileBytes) throw new TunnelException($"{path}: too large for a configuration: {length} bytes.");
            using var block = new LockedBlock((int)length + 1);
            var used = 0;
            for (int count; used < length && (count = RandomAccess.Read(file, block.Span[used..(int)length], used)) > 0;) used += count;
            return Parse(block.Span[..used], path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or SecretMemoryException)
        {
            throw new TunnelException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    public static TunnelOptions ReadText(ReadOnlySpan<byte> utf8, string name)
    {
        using var block = new LockedBlock(utf8.Length + 1);
        utf8.CopyTo(block.Span);
        return Parse(block.Span[..utf8.Length], name);
    }

    private static TunnelOptions Parse(Span<byte> text, string name)
    {
        try
        {
            using var file = TunnelFileParser.Parse(text, TunnelKey.Arena, name);
            if (RefusedKey(file) is { } refused)
                throw new TunnelException($"{name}: {refused} is carried out by `pfsvpn up', not by an application's tunnel; remove it here, or do there what it says.");
            return ToOptions(file);
        }
        catch (WgConfigException wrong)
        {
            throw new TunnelException(wrong.Message, wrong);
        }
    }

    /// <summary>A key that would silently not be in force.</summary>
    private static string? RefusedKey(TunnelFile file)
    {
        if (file.KillSwitch != KillSwitchMode.Off) return nameof(file.KillSwitch);
        if (file.PrivateKeySource is { } source) return string.Create(CultureInfo.InvariantCulture, $"PrivateKey{source.Kind}");
        if (file.Peers.Any(static peer => peer.ExcludedIps.Count > 0)) return "ExcludedIPs";
        if (file.MssClamp) return nameof(file.MssClamp);
        if (file.OnConnect.Count > 0 || file.Peers.Any(static peer => peer.OnConnect.Count > 0)) return nameof(file.OnConnect);
        return file.OnDisconnect.Count > 0 || file.Peers.Any(static peer => peer.OnDisconnect.Count > 0) ? nameof(file.OnDisconnect) : null;
    }

    private static TunnelOptions ToOptions(TunnelFile file)
    {
        var change = file.WgConfig.Change;
        var options = new TunnelOptions
        {
            ListenPort = change.ListenPort ?? 0,
            FirewallMark = change.FirewallMark ?? 0,
            BindDevice = file.BindDevice,
            BindAddresses = [.. TunnelChange.ToAddresses(file.BindAddresses)],
            RekeyAfterTime = ToTime(change.RekeyAfterSeconds),
            RekeyAfterBytes = change.RekeyAfterBytes is > 0 ? change.RekeyAfterBytes : null,
            InterfaceMtu = file.Mtu ?? PacketChannel.DefaultMtu,
            Addresses = file.Addresses,
        };
        if (change.PrivateKey is { } key) options.PrivateKey = new TunnelKey(key);
        change.PrivateKey = null;
        foreach (var peer in file.Peers) options.Peers.Add(ToOptions(peer));
        return options;
    }

    private static TunnelPeerOptions ToOptions(TunnelPeer peer)
    {
        var change = peer.Change;
        var options = new TunnelPeerOptions
        {
            PublicKey = change.PublicKey,
            Name = peer.Name,
            Endpoint = change.Endpoint is { } address ? TunnelChange.ToEndPoint(address) : ToNamed(peer.NamedEndpoint),
            PersistentKeepalive = ToTime(change.PersistentKeepalive),
            RekeyAfterTime = ToTime(change.RekeyAfterSeconds),
            RekeyAfterBytes = change.RekeyAfterBytes is > 0 ? change.RekeyAfterBytes : null,
            AllowedIps = [.. change.AllowedIps.Where(static allowed => !allowed.Remove).Select(static allowed => TunnelChange.ToNetwork(allowed.Prefix))],
        };
        if (change.PresharedKey is { } key) options.PresharedKey = new TunnelKey(key);
        change.PresharedKey = null;
        return options;
    }

    private static DnsEndPoint? ToNamed(WgConfigEndpoint? endpoint)
    {
        if (endpoint is null) return null;
        return ushort.TryParse(endpoint.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? new DnsEndPoint(endpoint.Host, port)
            : throw new TunnelException($"The port of {endpoint.Host} must be a number from 0 to 65535, not `{endpoint.Port}'.");
    }

    private static TimeSpan? ToTime(ushort? seconds) => seconds is > 0 and { } given ? TimeSpan.FromSeconds(given) : null;
}
