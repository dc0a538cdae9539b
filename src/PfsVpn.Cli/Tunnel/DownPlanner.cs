using System.Globalization;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Control;
using PfsVpn.Cli.Guard;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>Plans how a tunnel is taken down, whether this program took it up or wg-quick.</summary>
internal static class DownPlanner
{
    /// <summary>The steps for a tunnel that is up.</summary>
    /// <param name="host">Where it is up.</param>
    /// <param name="file">The file, which must live as long as the plan.</param>
    /// <param name="realPath">Where the file really is, links followed.</param>
    /// <param name="running">What its daemon says.</param>
    /// <param name="liftsKillSwitch">Whether a kill switch goes although the file says always.</param>
    public static TunnelPlan Plan(TunnelHost host, TunnelFile file, string realPath, RunningDevice running, bool liftsKillSwitch = false)
    {
        var plan = new TunnelPlan();
        BashHooks.Of(file, realPath).AddDown(plan);
        if (file.SaveConfig) plan.Add(TunnelStage.Save, $"save the running state into {realPath}", inner => new TunnelSaver(inner, file, realPath).Save());
        if (HasDefaultRoute(file, running))
        {
            var table = running.FirewallMark.ToString(CultureInfo.InvariantCulture);
            plan.Add(TunnelStage.RouteEnd, "take the routing rules away", inner =>
            {
                RoutingRule.DeleteOf(inner, table);
                ExcludedPrefixes.Flush(inner, table);
            });
        }
        AttendSteps.AddEndTo(plan, host);
        plan.Add(TunnelStage.FirewallEnd, "leave the segments of forwarded connections alone", MssClamp.Remove);
        KillSwitch.AddEndTo(plan, host, liftsKillSwitch ? null : file);
        plan.Add(TunnelStage.LinkEnd, "delete the interface", TunnelLink.Delete);
        TunnelDns.AddEndTo(plan, file, new TunnelState(host.Context, host.Interface));
        plan.Add(TunnelStage.FirewallEnd, "take the firewall's rules away", TunnelFirewall.Remove);
        plan.Add(TunnelStage.FirewallEnd, "forget the tunnel", static inner =>
        {
            if (!inner.DryRun) new TunnelState(inner.Context, inner.Interface).Remove(DefaultRoutes.StateItem);
        });
        return plan;
    }

    /// <summary>Whether a failure of this step ends it all with the tunnel still up: the user's commands and the save come before anything is taken away.</summary>
    public static bool MayStop(TunnelStep step) => step.Stage is TunnelStage.PreDown or TunnelStage.Save;

    private static bool HasDefaultRoute(TunnelFile file, RunningDevice running) =>
        TunnelRoutes.IsAutomatic(file) && running.FirewallMark != 0 && running.Peers.Exists(static peer => peer.AllowedIps.Exists(static prefix => prefix.Length == 0));
}
