using PfsVpn.Packets;

namespace PfsVpn.Tests.Routing;

/// <summary>The slow reference model of AllowedIps: a list, searched from end to end.</summary>
internal sealed class LinearAllowedIps<TPeer>
    where TPeer : class
{
    private readonly List<(IpPrefix Prefix, TPeer Peer)> _entries;

    public LinearAllowedIps() => _entries = [];

    private LinearAllowedIps(List<(IpPrefix Prefix, TPeer Peer)> entries) => _entries = entries;

    public int Count => _entries.Count;

    public LinearAllowedIps<TPeer> Copy() => new([.. _entries]);

    public void Insert(IpPrefix prefix, TPeer peer)
    {
        _entries.RemoveAll(entry => entry.Prefix == prefix);
        _entries.Add((prefix, peer));
    }

    public void Remove(IpPrefix prefix, TPeer peer) => _entries.RemoveAll(entry => entry.Prefix == prefix && entry.Peer == peer);

    public void RemoveAll(TPeer peer) => _entries.RemoveAll(entry => entry.Peer == peer);

    public IEnumerable<IpPrefix> PrefixesOf(TPeer peer) => _entries.Where(entry => entry.Peer == peer).Select(entry => entry.Prefix);

    public TPeer? Find(IpAddress address) => _entries
        .Where(entry => entry.Prefix.Address.Family == address.Family && address.Mask(entry.Prefix.Length) == entry.Prefix.Address)
        .OrderByDescending(entry => entry.Prefix.Length)
        .Select(entry => entry.Peer)
        .FirstOrDefault();
}
