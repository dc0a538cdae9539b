using PfsVpn.Cli.Doctor;
using PfsVpn.Cli.Input;
using PfsVpn.Cli.Windows.Network;
using PfsVpn.Packets;

namespace PfsVpn.Cli.Windows.Doctor;

/// <summary>What the rows of this machine say of interfaces, ways and name servers.</summary>
/// <param name="network">The rows.</param>
internal sealed class WindowsAnswers(INetworkSystem network)
{
    /// <summary>The adapter of a tunnel, or any interface by the name that people call it.</summary>
    public LinkState? Link(string name)
    {
        if (Find(name) is not { } found) return null;
        InterfaceRow?[] families = [network.Interface(found, isV4: true), network.Interface(found, isV4: false)];
        int[] mtus = [.. families.OfType<InterfaceRow>().Select(static row => (int)Math.Min(row.Mtu, ushort.MaxValue))];
        return new LinkState(network.IsUp(found), [.. network.Addresses().Where(row => row.Interface == found && !row.Address.IsV6LinkLocal).Select(static row => row.Address)], mtus.Length == 0 ? null : mtus.Min());
    }

    /// <summary>Which way packets of any program take while a tunnel is up.</summary>
    public RouteAnswer Route(string tunnel, IpAddress address) => Way(tunnel, address, avoided: null, "no route leads there");

    /// <summary>Which way packets of the tunnel's daemon take: never that of the tunnel itself.</summary>
    public RouteAnswer RouteBeside(string tunnel, IpAddress address) => Way(tunnel, address, network.Find(tunnel), "no route leads there but the tunnel's own");

    /// <summary>The address that packets leave from which are to go the daemon's way; null where the system may choose.</summary>
    public IpAddress? SourceBeside(string tunnel, IpAddress target)
    {
        if (IsOwn(target) || network.Find(tunnel) is not { } adapter || WayOut.Find(network, network.Routes(), target, adapter) is not { } way) return null;
        return network.Addresses().Where(row => row.Interface == way.Interface && row.Address.IsV4 == target.IsV4 && row.Address.IsV6LinkLocal == target.IsV6LinkLocal).Select(static row => (IpAddress?)row.Address).FirstOrDefault();
    }

    /// <summary>The name servers of all interfaces: Windows asks them all.</summary>
    public IReadOnlyList<IpAddress> NameServers() => Prefixes.AddressesOf(network.NameServersBeside(""));

    private RouteAnswer Way(string tunnel, IpAddress address, ulong? avoided, string nowhere) =>
        IsOwn(address) ? new RouteAnswer(RouteAnswer.ThisHost, null, "")
        : WayOut.Find(network, network.Routes(), address, avoided) is not { } way ? new RouteAnswer(null, null, nowhere)
        : new RouteAnswer(way.Interface == network.Find(tunnel) ? tunnel : network.NameOf(way.Interface), null, "");

    /// <summary>Whether packets to an address stay on this machine.</summary>
    private bool IsOwn(IpAddress address) => address.ToIPAddress() is var known && System.Net.IPAddress.IsLoopback(known) || network.Addresses().Any(row => row.Address == address);

    private ulong? Find(string name) =>
        network.Find(name) ?? network.Addresses().Select(static row => row.Interface).Distinct().Where(row => network.NameOf(row).Equals(name, StringComparison.OrdinalIgnoreCase)).Cast<ulong?>().FirstOrDefault();
}
