using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Reload;

/// <summary>The steps from the routes of a tunnel that is up to those of a changed file.</summary>
/// <param name="applied">What was in force: its routes are taken away, and no others that somebody made by hand.</param>
/// <param name="wanted">The file of today.</param>
/// <param name="former">The destinations of the tunnel where they are not those of the former file: of one that wg-quick took up.</param>
/// <param name="isSameMark">Whether both files say the same mark, which is the table of default routes, too.</param>
internal sealed class ReloadRoutes(TunnelFile applied, TunnelFile wanted, IReadOnlyList<string>? former, bool isSameMark)
{
    /// <summary>Adds the steps where there is a difference.</summary>
    public void AddTo(TunnelPlan plan)
    {
        var sameTable = (applied.Table ?? "auto") == (wanted.Table ?? "auto");
        var (before, after) = (Single(applied, former), Single(wanted, null));
        var keptDefaults = sameTable && isSameMark && Defaults(applied).SetEquals(Defaults(wanted));
        foreach (var prefix in after.Where(prefix => !sameTable || !before.Contains(prefix)))
            plan.Add(TunnelStage.Route, $"add the route {prefix}", host => Add(host, wanted, prefix), host => Delete(host, wanted, prefix));
        foreach (var prefix in before.Where(prefix => !sameTable || !after.Contains(prefix)))
            plan.Add(TunnelStage.Route, $"delete the route {prefix}", host => Delete(host, applied, prefix), host => Add(host, applied, prefix));
        if (keptDefaults)
        {
            AddThrown(plan);
            return;
        }
        if (Defaults(applied).Count != 0) plan.Add(TunnelStage.Route, "take the default routes away", host => DeleteDefaults(host, applied), host => AddDefaults(host, applied));
        if (Defaults(wanted).Count != 0) AddDefaultSteps(plan, wanted);
    }

    /// <summary>Whether a file's default routes go into a table of their own.</summary>
    public static bool HasDefaults(TunnelFile file) => Defaults(file).Count != 0;

    /// <summary>Destinations with a route of their own.</summary>
    private static HashSet<string> Single(TunnelFile file, IReadOnlyList<string>? destinations)
    {
        if (file.Table == "off") return [];
        return (destinations ?? TunnelRoutes.Destinations(file)).Where(prefix => !TunnelRoutes.IsAutomatic(file) || !prefix.EndsWith("/0", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
    }

    private static HashSet<string> Defaults(TunnelFile file) =>
        TunnelRoutes.IsAutomatic(file) ? TunnelRoutes.Destinations(file).Where(static prefix => prefix.EndsWith("/0", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal) : [];

    /// <summary>The excluded prefixes one by one: the default routes stay meanwhile, and nothing goes past the tunnel that should not.</summary>
    private void AddThrown(TunnelPlan plan)
    {
        var (before, after) = (Thrown(applied), Thrown(wanted));
        foreach (var prefix in after.Except(before, StringComparer.Ordinal)) plan.Add(TunnelStage.Route, $"exclude {prefix}", host => Throw(host, "add", prefix), host => Throw(host, "delete", prefix));
        foreach (var prefix in before.Except(after, StringComparer.Ordinal)) plan.Add(TunnelStage.Route, $"include {prefix} again", host => Throw(host, "delete", prefix), host => Throw(host, "add", prefix));
    }

    private static List<string> Thrown(TunnelFile file) => [.. ExcludedPrefixes.Thrown(file, v4: true), .. ExcludedPrefixes.Thrown(file, v4: false)];

    private static void Throw(TunnelHost host, string action, string prefix)
    {
        var table = new TunnelState(host.Context, host.Interface).Read(DefaultRoutes.StateItem) ?? throw new CliException("the table of the default routes is not known; take the tunnel down and up again");
        host.Run("ip", TunnelLink.FamilyOf(prefix), "route", action, "throw", prefix, "table", table);
    }

    private static void Add(TunnelHost host, TunnelFile file, string prefix)
    {
        var family = TunnelLink.FamilyOf(prefix);
        if (!TunnelRoutes.IsAutomatic(file)) host.Run("ip", family, "route", "replace", prefix, "dev", host.Interface, "table", file.Table!);
        else if (host.Query("ip", family, "route", "show", "dev", host.Interface, "match", prefix).Output.Length == 0) host.Run("ip", family, "route", "add", prefix, "dev", host.Interface);
    }

    private static void Delete(TunnelHost host, TunnelFile file, string prefix)
    {
        var family = TunnelLink.FamilyOf(prefix);
        string[] table = TunnelRoutes.IsAutomatic(file) ? [] : ["table", file.Table!];
        // One that an address of the interface covered was never made.
        if (host.Query("ip", [family, "route", "show", prefix, "dev", host.Interface, "proto", "boot", .. table]).Output.Length != 0)
            host.Run("ip", [family, "route", "delete", prefix, "dev", host.Interface, .. table]);
    }

    private static void DeleteDefaults(TunnelHost host, TunnelFile file)
    {
        var state = new TunnelState(host.Context, host.Interface);
        var table = state.Read(DefaultRoutes.StateItem);
        TunnelFirewall.Remove(host);
        if (table is not null)
        {
            RoutingRule.DeleteOf(host, table);
            ExcludedPrefixes.Flush(host, table);
        }
        foreach (var prefix in Defaults(file))
            if (table is not null) host.Run("ip", TunnelLink.FamilyOf(prefix), "route", "delete", prefix, "dev", host.Interface, "table", table);
        if (!host.DryRun) state.Remove(DefaultRoutes.StateItem);
    }

    private static void AddDefaults(TunnelHost host, TunnelFile file)
    {
        var plan = new TunnelPlan();
        AddDefaultSteps(plan, file);
        foreach (var step in plan.Steps) step.Do(host);
    }

    private static void AddDefaultSteps(TunnelPlan plan, TunnelFile file)
    {
        var defaults = new DefaultRoutes(file);
        foreach (var prefix in Defaults(file).Order(StringComparer.Ordinal))
        {
            defaults.AddTo(plan, prefix);
        }
        plan.Add(TunnelStage.Route, "use the default routes", static _ => { }, host => DeleteDefaults(host, file));
    }
}
