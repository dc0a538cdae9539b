using System.Globalization;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>The MTU of a tunnel: what the file says, else that of the route to the endpoints less what a message adds.</summary>
/// <remarks>References: wg-quick(8): the largest of the endpoints' routes, else of the default route, else 1500.</remarks>
internal static class TunnelMtu
{
    /// <summary>Bytes of an IPv6 header, a UDP header, and the header and tag of a data message.</summary>
    private const int Overhead = 80;

    private const int Usual = 1500;

    /// <summary>Finds it.</summary>
    public static int Find(TunnelHost host, TunnelFile file)
    {
        if (file.Mtu is { } given) return given;
        var largest = 0;
        foreach (var peer in file.WgConfig.Change.Peers)
        {
            if (peer.Endpoint is not { ScopeId: 0 } endpoint) continue;
            largest = Math.Max(largest, OfRoute(host, host.Query("ip", "route", "get", NativeResolver.Format(endpoint.Address)).Output));
        }
        if (largest == 0) largest = OfRoute(host, host.Query("ip", "route", "show", "default").Output.Split('\n')[0]);
        return (largest == 0 ? Usual : largest) - Overhead;
    }

    /// <summary>The MTU that a route has, or its device; 0 where neither is known.</summary>
    private static int OfRoute(TunnelHost host, string route)
    {
        if (NumberAfter(route, "mtu") is var mtu and > 0) return mtu;
        return WordAfter(route, "dev") is { } device ? NumberAfter(host.Query("ip", "link", "show", "dev", device).Output, "mtu") : 0;
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
