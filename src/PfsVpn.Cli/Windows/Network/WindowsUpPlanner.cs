using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Guard;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>Plans how a tunnel is taken up on Windows. The program stays, and looks after the tunnel itself.</summary>
internal static class WindowsUpPlanner
{
    /// <summary>The steps for a file. Nothing is asked of the system yet, but whether commands may run.</summary>
    /// <param name="file">The file, which must live as long as the plan.</param>
    /// <param name="realPath">Where the file really is.</param>
    /// <param name="parts">What it is made with.</param>
    /// <exception cref="CliException">The file wants something that is not to be had on Windows.</exception>
    public static TunnelPlan Plan(TunnelFile file, string realPath, WindowsParts parts)
    {
        ExcludedPrefixes.Apply(file);
        var plan = new TunnelPlan();
        var hooks = new WindowsHooks(file, realPath, parts.ScriptsAreAllowed(), parts.Scripts);
        plan.Add(TunnelStage.PreUp, "take away what an earlier run left behind", host => Begin(host, file, parts), hooks.TakeBack);
        hooks.AddUp(plan);
        DaemonAdmission.AddTo(plan, parts.Filters, parts.DaemonPath);
        AddLink(plan, file, parts);
        new WindowsKillSwitch(parts.Network, parts.Filters, parts.DaemonPath, parts.ProgramPath).AddTo(plan, file);
        plan.Add(TunnelStage.Configuration, "configure the daemon", host => TunnelLink.Configure(host, file));
        new AdapterSettings(parts.Network).AddTo(plan, file);
        new AdapterAddresses(parts.Network).AddTo(plan, file);
        plan.Add(TunnelStage.Mtu, "wait until the daemon listens", TunnelStart.Await);
        new AdapterNameServers(parts.Network, parts.Filters, parts.ProgramPath).AddTo(plan, file);
        new AdapterRoutes(parts.Network).AddTo(plan, file);
        plan.Add(TunnelStage.Attendant, "remember what is in force", host => AttendSteps.Remember(host, file.Path), AttendSteps.Forget);
        return plan;
    }

    private static void Begin(TunnelHost host, TunnelFile file, WindowsParts parts)
    {
        // Another run may have been quicker; what follows would take its adapter for ours.
        if (!host.DryRun && parts.Network.Find(host.Interface) is not null) throw new CliException($"`{host.Interface}' already exists");
        WindowsLeftovers.Clear(host, parts);
        if (file.MssClamp) host.Say("Warning: MssClamp has no effect on Windows.");
        if (file.WgConfig.Change.FirewallMark is > 0) host.Say("Warning: FwMark has no effect on Windows, which has no firewall marks.");
    }

    private static void AddLink(TunnelPlan plan, TunnelFile file, WindowsParts parts) => plan.Add(TunnelStage.Link, "start the daemon", host => host.Act($"pfsvpnd {host.Interface}", () =>
    {
        parts.StartDaemon(host);
        TunnelAdapter.Await(parts.Network, host, file, parts.Patience);
    }),
    host => TunnelAdapter.End(host, parts));
}
