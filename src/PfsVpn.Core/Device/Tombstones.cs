using PfsVpn.Noise;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>The indices of keypairs that ended here while the peer may still hold them: by age, by a shorter life, before sleep. No keys.</summary>
/// <remarks>
/// A standard peer goes on for up to 180 s with a key that a shorter life has erased here. What it sends then cannot be read any more, but says that it is there and
/// has something to say: a reason to start a handshake, at most one in REKEY_TIMEOUT for each peer, to the endpoint that is known. Whoever replays such a packet, or
/// makes one up with an index that he saw, can do no more than that.
/// Sizes: at most <see cref="Capacity"/>, then the oldest goes first; some 150 bytes each. Threading: <see cref="Find"/> from any thread, without a lock; the rest from
/// the control thread.
/// </remarks>
internal sealed class Tombstones
{
    /// <summary>How many are remembered at most.</summary>
    public const int Capacity = 8192;

    private readonly IndexTable<Tombstone> _byIndex = new();
    private readonly Queue<Tombstone> _inOrder = new();

    /// <summary>How many are remembered.</summary>
    public int Count => _byIndex.Count;

    /// <summary>Remembers for REJECT_AFTER_TIME that <paramref name="index"/> was a keypair of <paramref name="peer"/>.</summary>
    public void Add(uint index, Peer peer, MonotonicTime now)
    {
        RemoveExpired(now);
        if (_inOrder.Count == Capacity) RemoveOldest();
        var tombstone = new Tombstone(index, peer, now + ProtocolConstants.RejectAfterTime);
        if (_byIndex.TryAdd(index, tombstone)) _inOrder.Enqueue(tombstone);
    }

    /// <summary>Whose keypair it was; null where nothing is known of <paramref name="index"/>. Any thread.</summary>
    public Peer? Find(uint index, MonotonicTime now) =>
        _byIndex.Find(index) is { } tombstone && now < tombstone.Until && !tombstone.Peer.IsRemoved ? tombstone.Peer : null;

    /// <summary>Forgets what is too old.</summary>
    public void RemoveExpired(MonotonicTime now)
    {
        while (_inOrder.TryPeek(out var oldest) && (now >= oldest.Until || oldest.Peer.IsRemoved)) RemoveOldest();
    }

    /// <summary>Forgets everything: the interface is down, or nobody knows us any more under the old key.</summary>
    public void Clear()
    {
        while (_inOrder.Count > 0) RemoveOldest();
        _inOrder.TrimExcess();
    }

    private void RemoveOldest()
    {
        var tombstone = _inOrder.Dequeue();
        _byIndex.Remove(tombstone.Index, tombstone);
    }

    private sealed record Tombstone(uint Index, Peer Peer, MonotonicTime Until);
}
