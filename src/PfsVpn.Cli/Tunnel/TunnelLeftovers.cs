using System.Globalization;
using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Guard;

namespace PfsVpn.Cli.Tunnel;

/// <summary>What a tunnel leaves behind whose daemon or machine failed: name servers, rules of routing and of the firewall.</summary>
internal static class TunnelLeftovers
{
    /// <summary>Takes it away. Only for an interface that does not exist.</summary>
    public static void Clear(TunnelHost host)
    {
        var state = new TunnelState(host.Context, host.Interface);
        AttendSteps.End(host);
        AttendSteps.Forget(host);
        TunnelDns.Reset(host);
        MssClamp.Remove(host);
        if (state.Read(DefaultRoutes.StateItem) is not { } table) return;
        TunnelFirewall.Remove(host);
        // One with routes is another tunnel's by now.
        if (uint.TryParse(table, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number != 0 && !DefaultRoutes.IsInUse(host, table))
        {
            RoutingRule.DeleteOf(host, table);
            ExcludedPrefixes.Flush(host, table);
        }
        if (!host.DryRun) state.Remove(DefaultRoutes.StateItem);
    }

    /// <summary>Whether there is any.</summary>
    public static bool Exist(TunnelHost host)
    {
        var state = new TunnelState(host.Context, host.Interface);
        return state.Has(AppliedFile.StateItem) || state.Has(TunnelDns.StateItem) || state.Has(DefaultRoutes.StateItem);
    }
}
