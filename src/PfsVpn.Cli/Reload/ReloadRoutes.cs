using System.Globalization;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Reload;

/// <summary>The steps from the routes of a tunnel that is up to those of a changed file. What is the same in both is not touched, not for a moment.</summary>
/// <param name="before">What was in force.</param>
/// <param name="applied">The file that was in force, or where that is not known that of today.</param>
/// <param name="wanted">The file of today.</param>
/// <param name="isSameMark">Whether the mark is to stay, which is the number of the table of default routes, too.</param>
/// <param name="mark">The mark of the daemon's packets, 0 for none.</param>
internal sealed class ReloadRoutes(RoutesInForce before, TunnelFile applied, TunnelFile wanted, bool isSameMark, uint mark)
{
    private readonly string _table = RoutesInForce.TableOf(wanted);

    /// <summary>Adds the steps where there is a difference.</summary>
    /// <param name="plan">The plan, with its steps for addresses.</param>
    /// <param name="addMark">Adds the step that changes the mark, if there is one: where the former default routes have gone, and others have not come.</param>
    public void AddTo(TunnelPlan plan, Action addMark)
    {
        var (single, defaults) = RoutesInForce.Split(_table, _table == RoutesInForce.Nowhere ? [] : TunnelRoutes.Destinations(wanted));
        var isSameTable = before.Table == _table;
        var addressesChange = plan.Steps.Any(static step => step.Stage == TunnelStage.Address);
        foreach (var prefix in single.Where(prefix => !isSameTable || !before.Single.Contains(prefix)))
            plan.Add(TunnelStage.Route, $"add the route {prefix}", host => Add(host, _table, prefix), host => Delete(host, _table, prefix));
        foreach (var prefix in before.Single.Where(prefix => !isSameTable || !single.Contains(prefix)))
            plan.Add(TunnelStage.Route, $"delete the route {prefix}", host => Delete(host, before.Table, prefix), host => Add(host, before.Table, prefix));
        if (addressesChange)
        {
            if (isSameTable && _table == RoutesInForce.Automatic) plan.Add(TunnelStage.Route, "fit the routes to the addresses", host => Fit(host, single.Intersect(before.Single, StringComparer.Ordinal)));
            AddTakingBack(plan);
        }
        if (before.DefaultTable is { } table && isSameTable && isSameMark && defaults.Count != 0) ChangeDefaults(plan, defaults, table, addressesChange);
        else ReplaceDefaults(plan, defaults, addMark);
    }

    /// <summary>Whether a file's default routes go into a table of their own.</summary>
    public static bool HasDefaults(TunnelFile file) => RoutesInForce.Split(RoutesInForce.TableOf(file), TunnelRoutes.Destinations(file)).Defaults.Count != 0;

    /// <summary>The table stays: one family may come or go, and the other stays.</summary>
    private void ChangeDefaults(TunnelPlan plan, HashSet<string> defaults, string table, bool addressesChange)
    {
        foreach (var prefix in before.Defaults.Except(defaults, StringComparer.Ordinal))
            plan.Add(TunnelStage.Route, $"take the default route {prefix} away", host => DefaultRoutes.Delete(host, prefix, table), host => AddBack(host, [prefix], table));
        var added = new DefaultRoutes(wanted, mark, Number(table));
        foreach (var prefix in defaults.Except(before.Defaults, StringComparer.Ordinal)) added.AddTo(plan, prefix);
        var families = defaults.Intersect(before.Defaults, StringComparer.Ordinal).Select(TunnelLink.FamilyOf).ToList();
        AddThrown(plan, table, families);
        if (addressesChange)
            foreach (var family in families) plan.Add(TunnelStage.Route, $"change the rules of the firewall ({family})", host => TunnelFirewall.Replace(host, wanted, family, Number(table)));
    }

    private void ReplaceDefaults(TunnelPlan plan, HashSet<string> defaults, Action addMark)
    {
        if (before.DefaultTable is { } table)
        {
            plan.Add(TunnelStage.Route, "take the default routes away", host =>
            {
                foreach (var prefix in before.Defaults) DefaultRoutes.Delete(host, prefix, table);
                if (!host.DryRun) new TunnelState(host.Context, host.Interface).Remove(DefaultRoutes.StateItem);
            },
            host => AddBack(host, before.Defaults, table));
        }
        addMark();
        var added = new DefaultRoutes(wanted, mark);
        // In the order of up.
        foreach (var prefix in defaults.OrderDescending(StringComparer.Ordinal)) added.AddTo(plan, prefix);
    }

    /// <summary>What was taken away comes back with what belongs to it.</summary>
    private void AddBack(TunnelHost host, IEnumerable<string> prefixes, string table)
    {
        if (before.IsRemembered) new TunnelState(host.Context, host.Interface).Write(DefaultRoutes.StateItem, table);
        var plan = new TunnelPlan();
        var defaults = new DefaultRoutes(applied, mark, Number(table));
        foreach (var prefix in prefixes) defaults.AddTo(plan, prefix);
        foreach (var step in plan.Steps) step.Do(host);
    }

    /// <summary>The excluded prefixes one by one: the default routes stay meanwhile, and nothing goes past the tunnel that should not.</summary>
    private void AddThrown(TunnelPlan plan, string table, List<string> families)
    {
        bool Stays(string prefix) => families.Contains(TunnelLink.FamilyOf(prefix), StringComparer.Ordinal);
        void Throw(TunnelHost host, string action, string prefix) => host.Run("ip", TunnelLink.FamilyOf(prefix), "route", action, "throw", prefix, "table", table);
        var (former, after) = (before.Thrown.Where(Stays).ToList(), RoutesInForce.ThrownOf(wanted).Where(Stays).ToList());
        foreach (var prefix in after.Except(former, StringComparer.Ordinal)) plan.Add(TunnelStage.Route, $"exclude {prefix}", host => Throw(host, "add", prefix), host => Throw(host, "delete", prefix));
        foreach (var prefix in former.Except(after, StringComparer.Ordinal)) plan.Add(TunnelStage.Route, $"include {prefix} again", host => Throw(host, "delete", prefix), host => Throw(host, "add", prefix));
    }

    /// <summary>What depends on the addresses is taken back behind them, and so is a step before theirs.</summary>
    private void AddTakingBack(TunnelPlan plan) => plan.Add(TunnelStage.Configuration, "look at what depends on the addresses", static _ => { }, host =>
    {
        if (before.Table == RoutesInForce.Automatic) Fit(host, before.Single);
        foreach (var family in before.Defaults.Select(TunnelLink.FamilyOf)) TunnelFirewall.Replace(host, applied, family, Number(before.DefaultTable!));
    });

    /// <summary>Makes the routes that no address of the interface covers any more, and deletes those that one does now.</summary>
    private static void Fit(TunnelHost host, IEnumerable<string> prefixes)
    {
        foreach (var prefix in prefixes)
        {
            var covering = host.Query("ip", TunnelLink.FamilyOf(prefix), "route", "show", "dev", host.Interface, "match", prefix, "proto", "kernel").Output;
            if (covering.Length != 0) Delete(host, RoutesInForce.Automatic, prefix);
            else Add(host, RoutesInForce.Automatic, prefix);
        }
    }

    private static void Add(TunnelHost host, string table, string prefix)
    {
        var family = TunnelLink.FamilyOf(prefix);
        if (table != RoutesInForce.Automatic) host.Run("ip", family, "route", "replace", prefix, "dev", host.Interface, "table", table);
        else if (host.Query("ip", family, "route", "show", "dev", host.Interface, "match", prefix).Output.Length == 0) host.Run("ip", family, "route", "add", prefix, "dev", host.Interface);
    }

    private static void Delete(TunnelHost host, string table, string prefix)
    {
        var family = TunnelLink.FamilyOf(prefix);
        string[] where = table == RoutesInForce.Automatic ? [] : ["table", table];
        // One that an address of the interface covered was never made.
        if (host.Query("ip", [family, "route", "show", prefix, "dev", host.Interface, "proto", "boot", .. where]).Output.Length != 0)
            host.Run("ip", [family, "route", "delete", prefix, "dev", host.Interface, .. where]);
    }

    private static uint Number(string table) => uint.Parse(table, NumberStyles.None, CultureInfo.InvariantCulture);
}
