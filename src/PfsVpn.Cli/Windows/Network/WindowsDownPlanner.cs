using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>Plans how a tunnel is taken down on Windows. <see cref="DownPlanner.MayStop"/> says which steps may stop it.</summary>
internal static class WindowsDownPlanner
{
    /// <summary>The steps for a tunnel that is up, or of which the daemon is gone: each looks at what is there.</summary>
    /// <param name="host">Where it is up.</param>
    /// <param name="file">The file, which must live as long as the plan.</param>
    /// <param name="realPath">Where the file really is.</param>
    /// <param name="parts">What it is made with.</param>
    /// <param name="liftsKillSwitch">Whether a kill switch goes although the file says always.</param>
    /// <param name="save">Saves the running state into the file; null where the file does not say so, or the daemon is gone.</param>
    public static TunnelPlan Plan(TunnelHost host, TunnelFile file, string realPath, WindowsParts parts, bool liftsKillSwitch = false, Action<TunnelHost>? save = null)
    {
        var plan = new TunnelPlan();
        new WindowsHooks(file, realPath, parts.ScriptsAreAllowed(), parts.Scripts).AddDown(plan);
        if (save is not null) plan.Add(TunnelStage.Save, $"save the running state into {realPath}", save);
        plan.Add(TunnelStage.AttendantEnd, "forget what was in force", AttendSteps.Forget);
        plan.Add(TunnelStage.RouteEnd, "take the name servers, routes and addresses away", inner => inner.Act($"name servers, routes and addresses of {inner.Interface} away", () => Empty(inner, parts)));
        plan.Add(TunnelStage.LinkEnd, "end the daemon, and with it the adapter", inner => inner.Act($"end pfsvpnd {inner.Interface}", () => TunnelAdapter.End(inner, parts)));
        plan.Add(TunnelStage.DnsEnd, "let other name servers be asked again", inner => WindowsLeftovers.AskOthersAgain(inner, parts));
        plan.Add(TunnelStage.FirewallEnd, "take the firewall's rules away", inner => DaemonAdmission.Remove(inner, parts.Filters));
        plan.Add(TunnelStage.FirewallEnd, "give addresses back", inner => new AdapterAddresses(parts.Network).GiveBack(inner));
        new WindowsKillSwitch(parts.Network, parts.Filters, parts.DaemonPath, parts.ProgramPath).AddEndTo(plan, host, liftsKillSwitch ? null : file);
        return plan;
    }

    /// <summary>Windows is slow to take an adapter away that has routes and addresses. What it does not give away now goes with the adapter, as do those of its own making.</summary>
    private static void Empty(TunnelHost host, WindowsParts parts)
    {
        if (parts.Network.Find(host.Interface) is not { } adapter) return;
        new AdapterNameServers(parts.Network, parts.Filters, parts.ProgramPath).Clear(host);
        foreach (var route in parts.Network.Routes().Where(route => route.Interface == adapter)) _ = parts.Network.Delete(route);
        foreach (var address in parts.Network.Addresses().Where(address => address.Interface == adapter && !address.Address.IsV6LinkLocal)) _ = parts.Network.Delete(address);
    }
}
