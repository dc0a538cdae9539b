using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>Lets what peers send to the daemon pass Windows' own firewall, which refuses what nobody here has asked for, as long as the tunnel is up.</summary>
internal static class DaemonAdmission
{
    /// <summary>Adds the step of up.</summary>
    /// <param name="plan">The plan of up.</param>
    /// <param name="filters">The filters.</param>
    /// <param name="daemon">The daemon's file.</param>
    public static void AddTo(TunnelPlan plan, IFilterEngine filters, string daemon) =>
        plan.Add(TunnelStage.Guard, "let the daemon's packets through the firewall", host => host.Act("filters: UDP of the daemon", () => Admit(host, filters, daemon)), host => Remove(host, filters));

    /// <summary>Takes it back.</summary>
    public static void Remove(TunnelHost host, IFilterEngine filters)
    {
        if (filters.Has(FilterPurpose.Daemon, host.Interface)) filters.Remove(FilterPurpose.Daemon, host.Interface);
    }

    private static void Admit(TunnelHost host, IFilterEngine filters, string daemon)
    {
        try
        {
            filters.Replace(TunnelFilters.Daemon(host.Interface, daemon));
        }
        catch (CliException refused)
        {
            // Who begins from here needs no admission.
            host.Say($"Warning: {refused.Message}. Peers that begin from outside may be held back by the firewall.");
        }
    }
}
