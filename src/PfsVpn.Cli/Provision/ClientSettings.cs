using System.Text;
using PfsVpn.Cli.Output;
using PfsVpn.Configuration;
using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Provision;

/// <summary>What all clients of a server are given unless told otherwise. Kept beside their files: a server's own file has no place for it. No secret.</summary>
/// <param name="Endpoint">Where they reach the server, or null where it was never said.</param>
/// <param name="Dns">Their name servers, or null for their own.</param>
/// <param name="AllowedIps">What they send through the tunnel.</param>
/// <param name="Keepalive">Seconds between their keepalives; "0" for none.</param>
internal sealed record ClientSettings(string? Endpoint, string? Dns, string AllowedIps, string Keepalive)
{
    /// <summary>Behind a NAT, what a router forgets after half a minute or more is kept open.</summary>
    public const string UsualKeepalive = "25";

    public const string Everything = "0.0.0.0/0, ::/0";

    private const string FileName = "settings";

    /// <summary>Reads those of a server, or null where it has none.</summary>
    public static ClientSettings? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path)) return null;
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in File.ReadLines(path))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && !line.StartsWith('#')) values[line[..equals].Trim()] = line[(equals + 1)..].Trim();
        }
        return new ClientSettings(
            values.GetValueOrDefault("Endpoint"), values.GetValueOrDefault("DNS"), values.GetValueOrDefault("AllowedIPs") ?? Everything, values.GetValueOrDefault("PersistentKeepalive") ?? UsualKeepalive);
    }

    /// <summary>Writes them for the clients to come.</summary>
    public void Write(string folder)
    {
        using var file = PrivateFile.Create(Path.Combine(folder, FileName));
        using var output = new LockedWriter(file);
        output.Write("# What pfsvpn new gives to clients of this server.\n");
        if (Endpoint is not null) output.Write($"Endpoint = {Endpoint}\n");
        if (Dns is not null) output.Write($"DNS = {Dns}\n");
        output.Write($"AllowedIPs = {AllowedIps}\nPersistentKeepalive = {Keepalive}\n").Flush();
        file.Commit(replace: true);
    }

    /// <summary>HOST or HOST:PORT as an endpoint, IPv6 addresses in brackets or not.</summary>
    /// <exception cref="UsageException">It is neither.</exception>
    public static string ToEndpoint(string text, ushort port)
    {
        var host = text.Trim();
        var bare = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        if (Packets.IpAddress.TryParse(bare, out var address)) return address.IsV4 ? $"{address}:{port}" : $"[{address}]:{port}";
        if (!host.Contains(':', StringComparison.Ordinal)) host = $"{host}:{port}";
        try
        {
            var (name, _) = WgConfigValues.ParseEndpoint(Encoding.UTF8.GetBytes(host), out var endpoint);
            if (endpoint is null && !name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_')) throw new FormatException($"not the name of a host: `{name}'");
            return host;
        }
        catch (FormatException wrong)
        {
            throw new UsageException($"--endpoint: {wrong.Message}");
        }
    }

    /// <summary>A list of prefixes as the files have it.</summary>
    /// <exception cref="UsageException">One of them is none.</exception>
    public static string ToAllowedIps(string text)
    {
        var prefixes = new List<AllowedIpChange>();
        try
        {
            WgConfigValues.ParseAllowedIps(Encoding.UTF8.GetBytes(string.Concat(text.Where(static letter => !char.IsWhiteSpace(letter)))), prefixes, static _ => { });
        }
        catch (FormatException wrong)
        {
            throw new UsageException($"--allowed-ips: {wrong.Message}");
        }
        return string.Join(", ", prefixes.Select(static change => change.Prefix));
    }

    /// <summary>A list of name servers and search domains as the files have it.</summary>
    /// <exception cref="UsageException">A word of it is neither.</exception>
    public static string ToDns(string text)
    {
        var words = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in words)
            if (!word.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or ':')) throw new UsageException($"--dns: neither an address nor a domain: `{word}'");
        return words.Length > 0 ? string.Join(", ", words) : throw new UsageException("--dns: no address");
    }
}
