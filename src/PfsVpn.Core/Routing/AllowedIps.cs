using PfsVpn.Packets;

namespace PfsVpn.Routing;

/// <summary>
/// The cryptokey routing table: which peer a destination belongs to, and whether a source belongs to the peer that it came from, by longest prefix.
/// </summary>
/// <remarks>
/// References: WireGuard paper §2; the kernel's allowedips.c for what takes over what.
/// <para>
/// Shape: one path-compressed binary trie for IPv4 and one for IPv6, as in the kernel. The nodes are 40-byte structs that name each other by number,
/// in chunks of 128 (<see cref="ChunkedArray{TElement}"/>), not objects: a full table of 10,000 peers is a few hundred arrays without a
/// single pointer in them, so it is dense in the cache and the garbage collector has nothing to walk.
/// </para>
/// <para>
/// Change: an <see cref="Edit"/> copies the chunks that it touches, once, and then writes in place; <see cref="Edit.Publish"/> is one store. Readers see the
/// table before or after a whole edit and never wait. The prefixes of a peer are a list through its nodes, so removing a peer takes
/// time in proportion to its own prefixes.
/// </para>
/// Sizes: at most two nodes, 80 bytes, a prefix, and 16 bytes and a dictionary entry a peer; empty, nothing.
/// Threading: Find* from any thread, lock-free and without allocation. One edit at a time, by one writer.
/// </remarks>
internal sealed partial class AllowedIps<TPeer>
    where TPeer : class
{
    // Where each peer with prefixes has its slot in the published snapshot. Guarded by itself.
    private readonly Dictionary<TPeer, int> _slots = new(ReferenceEqualityComparer.Instance);
    private AllowedIpsSnapshot<TPeer> _snapshot = AllowedIpsSnapshot<TPeer>.Empty;

    /// <summary>How many prefixes all peers have together.</summary>
    public int Count => Published.PrefixCount;

    internal AllowedIpsSnapshot<TPeer> Published => Volatile.Read(ref _snapshot);

    /// <summary>The peer with the longest prefix of an IPv4 address (its four bytes in network order, as a number), or null.</summary>
    public TPeer? FindV4(uint address) => Published.FindV4(address);

    /// <summary>The peer with the longest prefix of an IPv6 address (its halves in network order, as numbers), or null.</summary>
    public TPeer? FindV6(ulong high, ulong low) => Published.FindV6(high, low);

    /// <summary>The peer with the longest prefix of an address of either family, or null.</summary>
    public TPeer? Find(in IpAddress address) => address.Family switch
    {
        4 => FindV4(address.V4),
        6 => FindV6(address.High, address.Low),
        _ => null,
    };

    /// <summary>
    /// The prefixes of <paramref name="peer"/> as of now, the one inserted last at the end. Later edits do not change what is enumerated. Any thread.
    /// </summary>
    public IEnumerable<IpPrefix> PrefixesOf(TPeer peer)
    {
        lock (_slots)
        {
            return _slots.TryGetValue(peer, out var slot) ? Enumerate(_snapshot, slot) : [];
        }
    }

    /// <summary>Starts a change of the published table. Nothing of it is seen before <see cref="Edit.Publish"/>; dropping it leaves everything as it was.</summary>
    public Edit Begin() => new(this);

    private static IEnumerable<IpPrefix> Enumerate(AllowedIpsSnapshot<TPeer> snapshot, int slot)
    {
        for (var index = snapshot.Slot(slot).First; index != 0;)
        {
            var node = AllowedIpsSnapshot<TPeer>.Node(snapshot.Nodes, index);
            yield return new IpPrefix(node.Family == 4 ? new IpAddress((uint)(node.High >> 32)) : new IpAddress(node.High, node.Low), node.Length);
            index = node.Next;
        }
    }
}
