using System.Globalization;
using System.Net;
using System.Text;

namespace PfsVpn.Cli.Metrics;

/// <summary>What a request asks for, and the status that answers it.</summary>
/// <param name="Status">200, or the code of what is wrong with it.</param>
/// <param name="IsHead">Whether only the head of the answer is wanted.</param>
/// <param name="WantsOpenMetrics">Whether OpenMetrics is preferred to Prometheus text.</param>
/// <remarks>References: RFC 9112 (messages), RFC 9110 §12.5.1 (Accept).</remarks>
internal sealed record HttpRequest(int Status, bool IsHead = false, bool WantsOpenMetrics = false)
{
    private const string Path = "/metrics";

    /// <summary>Reads the head of a request, its end included. Never throws: what is wrong is its <see cref="Status"/>.</summary>
    /// <param name="head">The bytes up to and with the empty line.</param>
    /// <param name="isLocal">Whether the server listens for this host alone: then a name in Host that is not this host's is refused, as a browser would send it for a web page that
    /// made its own name point here.</param>
    public static HttpRequest Parse(ReadOnlySpan<byte> head, bool isLocal)
    {
        // Every byte is a character of its own: nothing that is compared is beyond ASCII.
        var lines = Encoding.Latin1.GetString(head).Split('\n');
        var words = lines[0].TrimEnd('\r').Split(' ');
        if (words is not [var method, var target, var version] || !version.StartsWith("HTTP/", StringComparison.Ordinal)) return new HttpRequest(400);
        if (version is not ("HTTP/1.1" or "HTTP/1.0")) return new HttpRequest(505);
        var (host, accept) = (default(string), default(string));
        foreach (var line in lines.Skip(1).Select(static line => line.TrimEnd('\r')).TakeWhile(static line => line.Length != 0))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line[0] is ' ' or '\t' || line[colon - 1] is ' ' or '\t' || line.Any(static character => character < ' ' && character != '\t')) return new HttpRequest(400);
            var value = line[(colon + 1)..].Trim();
            if (line.AsSpan(0, colon).Equals("Host", StringComparison.OrdinalIgnoreCase)) host = value;
            else if (line.AsSpan(0, colon).Equals("Accept", StringComparison.OrdinalIgnoreCase)) accept = accept is null ? value : accept + "," + value;
        }
        if (host is null && version == "HTTP/1.1") return new HttpRequest(400);
        if (isLocal && host is not null && !IsThisHost(host)) return new HttpRequest(421);
        if (target.Split('?')[0] != Path) return new HttpRequest(404);
        if (method is not ("GET" or "HEAD")) return new HttpRequest(405);
        return new HttpRequest(200, method == "HEAD", PrefersOpenMetrics(accept));
    }

    /// <summary>Whether a Host is an address, or localhost, or nothing at all.</summary>
    private static bool IsThisHost(string host)
    {
        if (host.Length == 0) return true;
        var name = host[0] == '[' ? host[..(host.IndexOf(']', StringComparison.Ordinal) + 1)] : host.Split(':')[0];
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(name, out _);
    }

    private static bool PrefersOpenMetrics(string? accept)
    {
        var (open, text) = (0.0, 0.0);
        foreach (var range in (accept ?? "").Split(','))
        {
            var parts = range.Split(';', StringSplitOptions.TrimEntries);
            // Only the version that is written here; no version is any.
            if (parts[0] == "application/openmetrics-text" && (Parameter(parts, "version=") ?? "1.0.0") == "1.0.0") open = Math.Max(open, Weight(parts));
            else if (parts[0] is "text/plain" or "text/*" or "*/*") text = Math.Max(text, Weight(parts));
        }
        return open > 0 && open >= text;
    }

    private static double Weight(string[] parts) =>
        Parameter(parts, "q=") is { } text ? double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var weight) ? weight : 0 : 1;

    private static string? Parameter(string[] parts, string name) =>
        parts.Skip(1).FirstOrDefault(part => part.StartsWith(name, StringComparison.OrdinalIgnoreCase))?[name.Length..].Trim('"');
}
