using PfsVpn.Cli.Tunnel;
using PfsVpn.Cli.Windows.Network.Filters;
using PfsVpn.Configuration;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>
/// The tunnel's name servers and search domains, as settings of its adapter. Windows asks the servers of all interfaces at once: with a default route into the tunnel, filters keep those
/// of the others from being asked.
/// </summary>
/// <remarks>Windows keeps the servers under the adapter's GUID, so they are set each time, also to none. The filters go with the machine's restart.</remarks>
internal sealed class AdapterNameServers(INetworkSystem network, IFilterEngine filters, string resolverProgram)
{
    /// <summary>Adds the steps of up.</summary>
    public void AddTo(TunnelPlan plan, TunnelFile file)
    {
        plan.Add(TunnelStage.Dns, "set the name servers", host => Apply(host, file), Clear);
        if (IsOnly(file)) plan.Add(TunnelStage.Dns, "keep other name servers from being asked", host => Guard(host, file), Unguard);
    }

    /// <summary>Sets what a file wants, also none.</summary>
    /// <exception cref="CliException">Windows refuses.</exception>
    public void Apply(TunnelHost host, TunnelFile file)
    {
        if (file.DnsServers.Count != 0 || file.DnsSearch.Count != 0) host.Act($"name servers {string.Join(", ", file.DnsServers.Concat(file.DnsSearch))} on {host.Interface}", () => Set(host, file));
        else if (!host.DryRun) Clear(host);
    }

    /// <summary>Keeps other name servers from being asked where a file wants it, else lets them be asked again.</summary>
    /// <exception cref="CliException">The filters are refused.</exception>
    public void Guard(TunnelHost host, TunnelFile file)
    {
        if (!IsOnly(file))
        {
            Unguard(host);
            return;
        }
        host.Act("filters: name servers beside the tunnel", () =>
        {
            filters.Replace(TunnelFilters.NameServers(host.Interface, TunnelAdapter.Of(network, host), resolverProgram));
            network.FlushResolver();
        });
    }

    /// <summary>Lets other name servers be asked again.</summary>
    public void Unguard(TunnelHost host)
    {
        if (!filters.Has(FilterPurpose.NameServers, host.Interface)) return;
        host.Act("filters away: name servers beside the tunnel", () =>
        {
            filters.Remove(FilterPurpose.NameServers, host.Interface);
            network.FlushResolver();
        });
    }

    /// <summary>Whether no other name servers are to be asked: the tunnel has some, and a default route.</summary>
    public static bool IsOnly(TunnelFile file) => file.DnsServers.Count != 0 && AdapterRoutes.HasDefault(file);

    /// <summary>Takes the name servers away where the adapter is there; without it nobody asks them.</summary>
    public void Clear(TunnelHost host)
    {
        if (network.Find(host.Interface) is not { } adapter) return;
        // A family that is not there has none.
        foreach (var isV4 in (bool[])[true, false]) _ = network.SetNameServers(adapter, isV4, [], []);
        network.FlushResolver();
    }

    private void Set(TunnelHost host, TunnelFile file)
    {
        var adapter = TunnelAdapter.Of(network, host);
        foreach (var isV4 in (bool[])[true, false])
        {
            string[] servers = [.. file.DnsServers.Where(server => IsOf(server, isV4))];
            var error = network.SetNameServers(adapter, isV4, servers, file.DnsSearch);
            // Domains alone are set for both families: where IPv6 is not there, that of IPv4 is enough.
            if (servers.Length != 0 || (isV4 && file.DnsServers.Count == 0)) NetworkError.Check(error, "set the name servers");
        }
        network.FlushResolver();
    }

    private static bool IsOf(string server, bool isV4) => IpAddress.TryParse(server, out var address) && address.IsV4 == isV4;
}
