using PfsVpn.Crypto;

namespace PfsVpn.Device;

/// <summary>The peers of a device by public key, in the order in which they were added.</summary>
/// <remarks>Threading: the control thread.</remarks>
internal sealed class PeerTable
{
    private readonly Dictionary<PublicKey, LinkedListNode<Peer>> _byKey = [];
    private readonly LinkedList<Peer> _inOrder = new();

    /// <summary>How many peers there are.</summary>
    public int Count => _byKey.Count;

    /// <summary>All peers in order. Do not change the table while enumerating.</summary>
    public IReadOnlyCollection<Peer> All => _inOrder;

    /// <summary>The peer with this key, or null.</summary>
    public Peer? Find(in PublicKey key) => _byKey.TryGetValue(key, out var node) ? node.Value : null;

    /// <summary>Adds a peer at the end.</summary>
    public void Add(Peer peer) => _byKey.Add(peer.PublicKey, _inOrder.AddLast(peer));

    /// <summary>Takes a peer out.</summary>
    public void Remove(Peer peer)
    {
        if (_byKey.Remove(peer.PublicKey, out var node)) _inOrder.Remove(node);
    }
}
