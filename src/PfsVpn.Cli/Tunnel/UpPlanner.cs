using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Guard;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Tunnel;

/// <summary>Plans how a tunnel is taken up.</summary>
internal static class UpPlanner
{
    /// <summary>The steps for a file. Nothing is asked of the system yet.</summary>
    /// <param name="file">The file, which must live as long as the plan.</param>
    /// <param name="realPath">Where the file really is, links followed.</param>
    /// <param name="inForeground">Whether the program stays, and looks after the tunnel itself.</param>
    public static TunnelPlan Plan(TunnelFile file, string realPath, bool inForeground = false)
    {
        ExcludedPrefixes.Apply(file);
        var plan = new TunnelPlan();
        var hooks = BashHooks.Of(file, realPath);
        plan.Add(TunnelStage.PreUp, "take away what an earlier run left behind", Begin, hooks.TakeBack);
        hooks.AddUp(plan);
        TunnelLink.AddTo(plan, file);
        TunnelDns.AddTo(plan, file);
        TunnelRoutes.AddTo(plan, file);
        KillSwitch.AddTo(plan, file);
        MssClamp.AddTo(plan, file);
        AttendSteps.AddTo(plan, file, inForeground);
        return plan;
    }

    private static void Begin(TunnelHost host)
    {
        // Another run may have been quicker; what follows would take its interface for ours.
        if (!host.DryRun && TunnelLink.Exists(host)) throw new CliException($"`{host.Interface}' already exists");
        TunnelLeftovers.Clear(host);
    }
}
