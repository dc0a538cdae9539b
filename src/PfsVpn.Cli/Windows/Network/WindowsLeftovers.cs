using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Network.Filters;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>
/// What a tunnel leaves behind whose daemon or machine failed. The adapter goes with the daemon, and with it its addresses, routes and metrics; name servers are asked no more without it.
/// There stay: filters (the kill switch for good, the others until the machine restarts), and addresses that were taken from adapters that were not up.
/// </summary>
internal static class WindowsLeftovers
{
    /// <summary>Takes it away, but for the kill switch. Only for an adapter that does not exist.</summary>
    public static void Clear(TunnelHost host, WindowsParts parts)
    {
        AttendSteps.Forget(host);
        AskOthersAgain(host, parts);
        if (!host.DryRun) DaemonAdmission.Remove(host, parts.Filters);
        new AdapterAddresses(parts.Network).GiveBack(host);
    }

    /// <summary>Whether there is any, the kill switch left out.</summary>
    public static bool Exist(TunnelHost host, WindowsParts parts)
    {
        var state = new TunnelState(host.Context, host.Interface);
        return state.Has(AppliedFile.StateItem) || state.Has(AdapterAddresses.StateItem)
            || parts.Filters.Has(FilterPurpose.NameServers, host.Interface) || parts.Filters.Has(FilterPurpose.Daemon, host.Interface);
    }

    /// <summary>Takes the filters away that keep other name servers from being asked.</summary>
    public static void AskOthersAgain(TunnelHost host, WindowsParts parts) => new AdapterNameServers(parts.Network, parts.Filters, parts.ProgramPath).Unguard(host);
}
