using System.Globalization;
using PfsVpn.Cli.Paths;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The MTU of a tunnel: what the file says, else that of the route to the endpoints less what a message adds.</summary>
/// <remarks>References: wg-quick(8): the largest of the endpoints' routes, else of the default route, else 1500.</remarks>
internal static class TunnelMtu
{
    /// <summary>What wg-quick takes a message to add, whatever the endpoint's family.</summary>
    public const int Overhead = PathSize.OverIpv6;

    private const int Usual = 1500;

    /// <summary>Finds it.</summary>
    public static int Find(TunnelHost host, TunnelFile file)
    {
        if (file.Mtu is { } given) return given;
        if (OfPaths(host, file.WgConfig.Change.Peers.Where(static peer => peer.Endpoint is not null).Select(static peer => peer.Endpoint!.Value)) is { } found) return found;
        var usual = OfRoute(host, host.Query("ip", "route", "show", "default").Output.Split('\n')[0]);
        return (usual == 0 ? Usual : usual) - Overhead;
    }

    /// <summary>The largest packet that the kernel sends towards an endpoint in one piece, by what it knows of the path; 0 where it knows none.</summary>
    /// <param name="host">Where the tunnel is.</param>
    /// <param name="endpoint">The endpoint. One with a scope has no route that could be asked for.</param>
    /// <param name="mark">The mark of the daemon's packets where default routes go into the tunnel: without it the way would be the tunnel.</param>
    public static int OfPath(TunnelHost host, EndpointAddress endpoint, uint? mark)
    {
        if (endpoint.ScopeId != 0) return 0;
        string[] marked = mark is { } number ? ["mark", number.ToString(CultureInfo.InvariantCulture)] : [];
        return OfRoute(host, host.Query("ip", ["route", "get", NativeResolver.Format(endpoint.Address), .. marked]).Output);
    }

    /// <summary>The MTU of a device; 0 where there is none.</summary>
    public static int OfDevice(TunnelHost host, string device) => NumberAfter(host.Query("ip", "link", "show", "dev", device).Output, "mtu");

    private static int? OfPaths(TunnelHost host, IEnumerable<EndpointAddress> endpoints)
    {
        var largest = endpoints.Select(endpoint => OfPath(host, endpoint, mark: null)).DefaultIfEmpty().Max();
        return largest == 0 ? null : largest - Overhead;
    }

    /// <summary>The MTU that a route has, or its device; 0 where neither is known.</summary>
    private static int OfRoute(TunnelHost host, string route)
    {
        if (NumberAfter(route, "mtu") is var mtu and > 0) return mtu;
        return WordAfter(route, "dev") is { } device ? OfDevice(host, device) : 0;
    }

    private static int NumberAfter(string text, string word) =>
        int.TryParse(WordAfter(text, word), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static string? WordAfter(string text, string word)
    {
        var words = text.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var place = Array.IndexOf(words, word);
        return place >= 0 && place + 1 < words.Length ? words[place + 1] : null;
    }
}
