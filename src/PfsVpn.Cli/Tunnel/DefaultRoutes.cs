using System.Globalization;
using PfsVpn.Cli.Commands;
using PfsVpn.Cli.Guard;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>
/// Default routes into a tunnel, past which the tunnel's own packets still find their way: they carry a mark, all others look into a table of their own, and more specific
/// routes of the main table go first.
/// </summary>
/// <remarks>References: wg-quick(8); https://www.wireguard.com/netns/, "Improved Rule-based Routing". Mark and table have one number, 51820 or the first behind it that is free.</remarks>
/// <param name="file">The tunnel's file.</param>
/// <param name="formerMark">The mark of the daemon's packets before, where the interface outlives a failure: mark and routes are then taken back, too. Null where they go with the interface.</param>
/// <param name="table">The table that the tunnel has already, and the mark with it; null for one that is to be found.</param>
internal sealed class DefaultRoutes(TunnelFile file, uint? formerMark = null, uint? table = null)
{
    /// <summary>The item of the state that has the number of the table.</summary>
    public const string StateItem = "table";

    private const uint FirstTable = 51820;
    private const string SourceMark = "net.ipv4.conf.all.src_valid_mark";
    private uint _table = table ?? 0;
    private bool _chosen = table is not null;
    private string? _formerSourceMark;

    /// <summary>Whether a table has no routes.</summary>
    public static bool IsFree(TunnelHost host, string table) =>
        host.Query("ip", "-4", "route", "show", "table", table).Output.Length == 0 && host.Query("ip", "-6", "route", "show", "table", table).Output.Length == 0;

    /// <summary>Whether a table has routes to a device, and so belongs to a tunnel that is up. Routes that throw back stay behind.</summary>
    public static bool IsInUse(TunnelHost host, string table) => Array.Exists(
        (string[])["-4", "-6"], family => host.Query("ip", family, "route", "show", "table", table).Output.Contains(" dev ", StringComparison.Ordinal));

    /// <summary>Adds the steps for 0.0.0.0/0 or ::/0.</summary>
    public void AddTo(TunnelPlan plan, string prefix)
    {
        var family = TunnelLink.FamilyOf(prefix);
        if (!_chosen) plan.Add(TunnelStage.Route, "mark the packets of the daemon", Mark, Unmark);
        _chosen = true;
        plan.Add(TunnelStage.Route, $"add the route {prefix}", host => host.Run("ip", family, "route", "add", prefix, "dev", host.Interface, "table", Table), formerMark is null ? null : host => DeleteRoute(host, prefix, Table));
        foreach (var thrown in ExcludedPrefixes.Thrown(file, family == "-4"))
            plan.Add(TunnelStage.Route, $"exclude {thrown}", host => host.Run("ip", family, "route", "add", "throw", thrown, "table", Table), host => ExcludedPrefixes.Flush(host, Table, family));
        AddRule(plan, family, $"add the rule that sends everything else into the tunnel ({family})", () => ["not", "fwmark", Table, "table", Table]);
        AddRule(plan, family, $"add the rule for more specific routes ({family})", static () => ["table", "main", "suppress_prefixlength", "0"]);
        if (family == "-4") plan.Add(TunnelStage.Route, "let the mark count for the check of source addresses", SetSourceMark, ResetSourceMark);
        plan.Add(TunnelStage.Route, $"add the rules of the firewall ({family})", host => TunnelFirewall.Add(host, file, family, _table), formerMark is null ? TunnelFirewall.Remove : host => TunnelFirewall.Remove(host, family));
    }

    /// <summary>Takes away what the steps for 0.0.0.0/0 or ::/0 have made, but for the mark.</summary>
    public static void Delete(TunnelHost host, string prefix, string table)
    {
        var family = TunnelLink.FamilyOf(prefix);
        RoutingRule.DeleteOf(host, table, family);
        ExcludedPrefixes.Flush(host, table, family);
        DeleteRoute(host, prefix, table);
        TunnelFirewall.Remove(host, family);
    }

    private static void DeleteRoute(TunnelHost host, string prefix, string table)
    {
        var family = TunnelLink.FamilyOf(prefix);
        if (host.Query("ip", family, "route", "show", prefix, "dev", host.Interface, "table", table).Output.Length != 0)
            host.Run("ip", family, "route", "delete", prefix, "dev", host.Interface, "table", table);
    }

    private string Table => _table.ToString(CultureInfo.InvariantCulture);

    private static void AddRule(TunnelPlan plan, string family, string name, Func<string[]> selector)
    {
        List<RoutingRule>? before = null;
        plan.Add(TunnelStage.Route, name, host =>
        {
            before = RoutingRule.List(host, family);
            host.Run("ip", [family, "rule", "add", .. selector()]);
        },
        host =>
        {
            if (before is null) return;
            foreach (var added in RoutingRule.List(host, family).Except(before).Where(rule => rule.Selector.SequenceEqual(selector(), StringComparer.Ordinal))) added.Delete(host, family);
        });
    }

    private void Mark(TunnelHost host)
    {
        var change = file.WgConfig.Change;
        _table = change.FirewallMark is { } mark and not 0 ? mark : FindTable(host);
        if (!host.DryRun) new TunnelState(host.Context, host.Interface).Write(StateItem, Table);
        if (change.FirewallMark is null or 0) SetMark(host, _table);
    }

    private void Unmark(TunnelHost host)
    {
        new TunnelState(host.Context, host.Interface).Remove(StateItem);
        if (formerMark is { } mark && file.WgConfig.Change.FirewallMark is null or 0) SetMark(host, mark);
    }

    private static void SetMark(TunnelHost host, uint mark) => host.Act($"pfsvpn set {host.Interface} fwmark {mark}", () =>
    {
        using var only = new DeviceChange { FirewallMark = mark };
        DeviceAccess.Apply(host.Context, host.Interface, only);
    });

    /// <summary>The number of the first table that is free.</summary>
    public static uint FindTable(TunnelHost host)
    {
        var table = FirstTable;
        while (!IsFree(host, table.ToString(CultureInfo.InvariantCulture))) table++;
        return table;
    }

    /// <summary>Where it is set already nothing is done: /proc/sys may be read-only, as in containers.</summary>
    private void SetSourceMark(TunnelHost host)
    {
        var former = host.Query("sysctl", "-n", SourceMark).Output.Trim();
        if (former == "1") return;
        _formerSourceMark = former;
        host.Run("sysctl", "-q", $"{SourceMark}=1");
    }

    private void ResetSourceMark(TunnelHost host)
    {
        if (_formerSourceMark is { Length: > 0 } former) host.Run("sysctl", "-q", $"{SourceMark}={former}");
    }
}
