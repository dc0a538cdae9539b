using System.Globalization;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Reload;

/// <summary>The routes that a tunnel which is up was given, as text: no others, which somebody may have made by hand.</summary>
/// <param name="Table">Where they are: <c>auto</c>, <c>off</c> for nowhere, else a table.</param>
/// <param name="Single">Destinations with a route of their own, but for those that an address of the interface covers.</param>
/// <param name="Defaults">Default routes in a table of their own.</param>
/// <param name="DefaultTable">The number of that table; null where there are none.</param>
/// <param name="Thrown">Prefixes that this table throws back.</param>
/// <param name="IsRemembered">Whether this program remembers that table.</param>
internal sealed record RoutesInForce(string Table, HashSet<string> Single, HashSet<string> Defaults, string? DefaultTable, IReadOnlyList<string> Thrown, bool IsRemembered)
{
    /// <summary>Where a file wants them.</summary>
    public const string Automatic = "auto", Nowhere = "off";

    /// <summary>Those of a file that was in force.</summary>
    /// <param name="host">Where the tunnel is up.</param>
    /// <param name="applied">The file.</param>
    /// <param name="mark">The mark of the daemon's packets, 0 for none.</param>
    public static RoutesInForce Of(TunnelHost host, TunnelFile applied, uint mark)
    {
        var table = TableOf(applied);
        List<string> all = table == Nowhere ? [] : TunnelRoutes.Destinations(applied);
        var remembered = new TunnelState(host.Context, host.Interface).Read(DefaultRoutes.StateItem);
        return Create(table, all, remembered ?? Number(mark), ThrownOf(applied), remembered is not null);
    }

    /// <summary>Those of a tunnel that wg-quick took up: its allowed IPs, and where the kernel has routes to them.</summary>
    /// <param name="host">Where the tunnel is up.</param>
    /// <param name="wanted">Its file of today.</param>
    /// <param name="running">What its daemon says.</param>
    public static RoutesInForce OfRunning(TunnelHost host, TunnelFile wanted, RunningDevice running)
    {
        var all = running.Peers.SelectMany(static peer => peer.AllowedIps).Select(static prefix => prefix.ToString()).ToList();
        var mark = Number(running.FirewallMark);
        var table = Find(host, TableOf(wanted), all, mark);
        return Create(table, table == Nowhere ? [] : all, mark, [], isRemembered: false);
    }

    /// <summary>Where a file wants its routes, in one form.</summary>
    public static string TableOf(TunnelFile file) => TunnelRoutes.IsAutomatic(file) ? Automatic : file.Table!;

    /// <summary>Which of destinations have routes of their own, and which are default routes in a table of their own.</summary>
    public static (HashSet<string> Single, HashSet<string> Defaults) Split(string table, IEnumerable<string> destinations)
    {
        var defaults = table == Automatic ? destinations.Where(static prefix => prefix.EndsWith("/0", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal) : [];
        return (destinations.Except(defaults, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal), defaults);
    }

    /// <summary>The prefixes of both families that the table of a file's default routes throws back.</summary>
    public static List<string> ThrownOf(TunnelFile file) => [.. ExcludedPrefixes.Thrown(file, v4: true), .. ExcludedPrefixes.Thrown(file, v4: false)];

    private static RoutesInForce Create(string table, List<string> destinations, string? defaultTable, IReadOnlyList<string> thrown, bool isRemembered)
    {
        var (single, defaults) = Split(table, destinations);
        // Without a table there were none.
        return defaultTable is null || defaults.Count == 0 ? new RoutesInForce(table, single, [], null, [], isRemembered) : new RoutesInForce(table, single, defaults, defaultTable, thrown, isRemembered);
    }

    private static string? Number(uint mark) => mark == 0 ? null : mark.ToString(CultureInfo.InvariantCulture);

    /// <summary>Where routes are that somebody made, and not the kernel by itself: first where the file wants them.</summary>
    private static string Find(TunnelHost host, string wanted, List<string> destinations, string? mark)
    {
        if (wanted is not (Automatic or Nowhere) && Show(host, "table", wanted).Length != 0) return wanted;
        if ((mark is not null && Show(host, "table", mark).Length != 0) || Show(host, "table", "main").Length != 0) return Automatic;
        var words = Show(host, "table", "all").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (Array.IndexOf(words, "table") is var place and >= 0) return words[place + 1];
        // None at all: there need not be any where addresses cover all.
        var covered = destinations.TrueForAll(prefix => host.Query("ip", TunnelLink.FamilyOf(prefix), "route", "show", "dev", host.Interface, "match", prefix).Output.Length != 0);
        return covered && wanted == Automatic ? Automatic : Nowhere;
    }

    private static string Show(TunnelHost host, params string[] where) =>
        string.Concat(((string[])["-4", "-6"]).Select(family => host.Query("ip", [family, "route", "show", .. where, "dev", host.Interface, "proto", "boot"]).Output));
}
