using PfsVpn.Cli.Tunnel;
using PfsVpn.Configuration;

namespace PfsVpn.Cli.Windows.Network;

/// <summary>What an adapter is told of each family: its MTU, its metric, and that nobody on the link gives it addresses or routes.</summary>
/// <remarks>
/// Windows keeps some of it under the adapter's GUID, which is the same for the same name: so all of it is set each time, also where it is as usual. There is nothing to take back: it matters
/// to no one but the adapter.
/// </remarks>
internal sealed class AdapterSettings(INetworkSystem network)
{
    /// <summary>Adds the step of up, before the addresses: they are not to be asked for.</summary>
    public void AddTo(TunnelPlan plan, TunnelFile file) => plan.Add(TunnelStage.Address, "set the adapter's MTU and metric", host => Apply(host, file));

    /// <summary>Sets what a file wants.</summary>
    /// <exception cref="CliException">Windows refuses.</exception>
    public void Apply(TunnelHost host, TunnelFile file)
    {
        var mtu = AdapterMtu.Find(network, file, network.Find(host.Interface));
        host.Act($"mtu {mtu} on {host.Interface}{(AdapterRoutes.HasDefault(file) ? " metric 0" : "")}", () => Set(host, file, mtu));
    }

    /// <summary>Sets the MTU only. Returns whether a family has it now.</summary>
    /// <exception cref="CliException">Windows refuses.</exception>
    public bool SetMtu(ulong adapter, int mtu)
    {
        var isSet = false;
        foreach (var isV4 in (bool[])[true, false])
        {
            if (network.Interface(adapter, isV4) is not { } row) continue;
            var wanted = Clamp(mtu, isV4);
            if (row.Mtu != wanted) NetworkError.Check(network.Set(row with { Mtu = wanted }), $"set the MTU to {wanted}");
            isSet = true;
        }
        return isSet;
    }

    private void Set(TunnelHost host, TunnelFile file, int mtu)
    {
        var adapter = TunnelAdapter.Of(network, host);
        foreach (var isV4 in (bool[])[true, false])
        {
            if (network.Interface(adapter, isV4) is not { } row) continue;
            var hasDefault = AdapterRoutes.HasDefault(file, isV4);
            var wanted = row with { Mtu = Clamp(mtu, isV4), UsesAutomaticMetric = !hasDefault, Metric = hasDefault ? 0 : row.Metric, DadTransmits = 0 };
            // Of IPv4 Windows knows neither.
            if (!isV4) wanted = wanted with { FindsRouters = false, IsManaged = false };
            NetworkError.Check(network.Set(wanted), $"set the MTU to {wanted.Mtu} and the metric of {(isV4 ? "IPv4" : "IPv6")}");
        }
    }

    private static uint Clamp(int mtu, bool isV4) => (uint)Math.Max(mtu, isV4 ? AdapterMtu.SmallestV4 : AdapterMtu.SmallestV6);
}
