using System.Globalization;
using System.Net;
using PfsVpn.Cli.Commands;

namespace PfsVpn.Cli.Metrics;

/// <summary>Where metrics are served: an address with its port, or the path of a unix socket.</summary>
/// <param name="EndPoint">The address, or null for a unix socket.</param>
/// <param name="Path">The absolute path of the unix socket, or null.</param>
internal sealed record ListenAddress(IPEndPoint? EndPoint, string? Path)
{
    /// <summary>What is served where nothing is said. The port is the one that Prometheus' list of exporters has for WireGuard.</summary>
    public static readonly ListenAddress Default = new(new IPEndPoint(IPAddress.Loopback, 9586), null);

    private const string UnixMark = "unix:";

    /// <summary>The longest path that fits into a socket's address.</summary>
    private const int LongestPathInBytes = 107;

    /// <summary>What to warn of where others than this host can reach it, or null.</summary>
    public string? Exposure => IsLocal ? null : $"{this} can be reached by other hosts: who can, reads public keys, names and traffic of all peers";

    /// <summary>Whether only this host can reach it.</summary>
    public bool IsLocal => EndPoint is null || IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>Reads <c>ADDRESS:PORT</c>, <c>[ADDRESS]:PORT</c>, <c>localhost:PORT</c> or <c>unix:PATH</c>.</summary>
    /// <exception cref="FormatException">It is none of these; the message says what is wrong.</exception>
    public static ListenAddress Parse(string text)
    {
        if (text.StartsWith(UnixMark, StringComparison.Ordinal))
            return OperatingSystem.IsWindows() ? throw new FormatException("on Windows it is ADDRESS:PORT") : new ListenAddress(null, ParsePath(text[UnixMark.Length..]));
        var colon = text.LastIndexOf(':');
        if (colon < 0) throw new FormatException("the port is missing: 127.0.0.1:9586, [::1]:9586 or unix:/run/pfsvpn-metrics.sock");
        var (host, port) = (text[..colon], text[(colon + 1)..]);
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) throw new FormatException($"`{port}' is no port from 1 to 65535");
        return new ListenAddress(new IPEndPoint(ParseHost(host), number), null);
    }

    /// <summary>The same for what stands behind an option.</summary>
    /// <exception cref="UsageException">It is none of these.</exception>
    public static ListenAddress Read(string text)
    {
        try
        {
            return Parse(text);
        }
        catch (FormatException wrong)
        {
            throw new UsageException($"Unable to listen on `{text}': {wrong.Message}");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => EndPoint?.ToString() ?? UnixMark + Path;

    private static IPAddress ParseHost(string host)
    {
        if (host == "localhost") return IPAddress.Loopback;
        if (host.Length == 0) throw new FormatException("the address is missing; 127.0.0.1 is this host alone, 0.0.0.0 or [::] everyone who can reach it");
        var bracketed = host[0] == '[' && host[^1] == ']';
        if (!IPAddress.TryParse(bracketed ? host[1..^1] : host, out var address) || bracketed != (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6))
            throw new FormatException($"`{host}' is no address; an IPv6 address stands in brackets: [::1]:9586");
        return address;
    }

    private static string ParsePath(string path)
    {
        if (!path.StartsWith('/')) throw new FormatException($"`{path}' is no absolute path");
        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPathInBytes) throw new FormatException($"the path of a socket has at most {LongestPathInBytes} bytes");
        return path;
    }
}
