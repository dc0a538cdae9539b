using PfsVpn.Cli.Attend;
using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>The kill switch on Windows: filters that belong to no process and stay in force when the machine starts anew. They stand before the adapter does.</summary>
/// <param name="network">The rows.</param>
/// <param name="filters">The filters.</param>
/// <param name="daemon">The daemon's file.</param>
/// <param name="resolver">The file of the program that looks up endpoints.</param>
internal sealed class WindowsKillSwitch(INetworkSystem network, IFilterEngine filters, string daemon, string resolver)
{
    /// <summary>Adds the steps of up.</summary>
    public void AddTo(TunnelPlan plan, TunnelFile file)
    {
        if (file.KillSwitch == KillSwitchMode.Off) return;
        var wasClosed = false;
        plan.Add(TunnelStage.Guard, "close the kill switch", host =>
        {
            wasClosed = IsClosed(host);
            // Names are looked up while that is still possible.
            if (!wasClosed) FirstLookup.Run(host, file);
            Close(host, file, tunnel: null);
        },
        host =>
        {
            if (!wasClosed && IsClosed(host)) Lift(host);
        });
        plan.Add(TunnelStage.Configuration, "let the tunnel through the kill switch", host => Open(host, file), host =>
        {
            if (wasClosed) Close(host, file, tunnel: null);
        });
    }

    /// <summary>Adds the step of down.</summary>
    /// <param name="plan">The plan of down.</param>
    /// <param name="host">Where the tunnel is up.</param>
    /// <param name="file">The tunnel's file, by which it may stay; null where it is to be lifted whatever that says.</param>
    public void AddEndTo(TunnelPlan plan, TunnelHost host, TunnelFile? file)
    {
        if (!IsClosed(host)) return;
        if (file is not { KillSwitch: KillSwitchMode.Always }) plan.Add(TunnelStage.GuardEnd, "lift the kill switch", Lift);
        else plan.Add(TunnelStage.GuardEnd, "keep the kill switch", inner => Keep(inner, file));
    }

    /// <summary>Whether it is there.</summary>
    public bool IsClosed(TunnelHost host) => filters.Has(FilterPurpose.KillSwitch, host.Interface);

    /// <summary>Takes it away.</summary>
    public void Lift(TunnelHost host) => host.Act("filters away: kill switch", () => filters.Remove(FilterPurpose.KillSwitch, host.Interface));

    /// <summary>Closes it as a file wants it, the adapter being there, or lifts it.</summary>
    /// <exception cref="CliException">The filters are refused.</exception>
    public void Apply(TunnelHost host, TunnelFile file)
    {
        if (file.KillSwitch != KillSwitchMode.Off) Open(host, file);
        else if (IsClosed(host)) Lift(host);
    }

    private void Keep(TunnelHost host, TunnelFile file)
    {
        // The number of the adapter may be another one's tomorrow.
        Close(host, file, tunnel: null);
        host.Say($"The kill switch stays closed: nothing leaves this machine. To lift it: pfsvpn down {file.Path} --lift");
    }

    private void Open(TunnelHost host, TunnelFile file)
    {
        if (host.DryRun) host.Act("filters: kill switch, with the adapter", static () => { });
        else Close(host, file, TunnelAdapter.Of(network, host));
    }

    private void Close(TunnelHost host, TunnelFile file, ulong? tunnel)
    {
        var set = TunnelFilters.KillSwitch(host.Interface, tunnel, daemon, resolver, file.KillSwitchAllow);
        host.Act($"filters: kill switch ({set.Rules.Count}{(tunnel is null ? "" : ", with the adapter")})", () => filters.Replace(set));
        if (!host.DryRun) return;
        foreach (var rule in set.Rules) host.Say($"    {rule}");
    }
}
