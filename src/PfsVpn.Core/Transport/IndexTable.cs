using System.Runtime.InteropServices;
using PfsVpn.Crypto;

namespace PfsVpn.Transport;

/// <summary>Receiver index → handshake or keypair: what finds the key for an incoming message.</summary>
/// <remarks>
/// References: WireGuard paper §5.4 (the sender's index I). Indices are random, so their low bits are the hash and nobody else chooses them: long chains
/// cannot be provoked, and unknown indices in packets only read. The table grows with what this side adds, a few entries for each peer.
/// Sizes: at rest 16 buckets; 48 bytes an entry, bucket included. It shrinks again.
/// Threading: safe from any thread. <see cref="Find"/> takes no lock and allocates nothing; changes take one.
/// </remarks>
internal sealed class IndexTable<T>
    where T : class
{
    private const int MinBuckets = 16;

    private readonly Lock _gate = new();
    private IndexEntry<T>?[] _buckets = new IndexEntry<T>?[MinBuckets];
    private int _count;

    /// <summary>How many indices are in use.</summary>
    public int Count
    {
        get { lock (_gate) return _count; }
    }

    /// <summary>What <paramref name="index"/> stands for, or null.</summary>
    public T? Find(uint index)
    {
        // Safety: an entry is complete before it is linked, and linked by a volatile store. An unlinked entry still points into its chain, so a
        // reader that stands on it goes on; a resize makes new entries, so chains of the old array stay whole for whoever still reads them.
        var buckets = Volatile.Read(ref _buckets);
        for (var entry = Volatile.Read(ref buckets[Bucket(buckets, index)]); entry is not null; entry = entry.Next)
        {
            if (entry.Index == index) return entry.Value;
        }
        return null;
    }

    /// <summary>Gives <paramref name="value"/> a new random index, not zero and not in use, and returns it.</summary>
    public uint Add(T value, IRandomSource random)
    {
        lock (_gate)
        {
            uint index = 0;
            do random.Fill(MemoryMarshal.AsBytes(new Span<uint>(ref index)));
            while (index == 0 || Locate(index, out _) is not null);
            AddLocked(index, value);
            return index;
        }
    }

    /// <summary>Lets <paramref name="index"/>, which another table chose at random, stand for <paramref name="value"/>; false, with nothing changed, where it is in use.</summary>
    public bool TryAdd(uint index, T value)
    {
        lock (_gate)
        {
            if (Locate(index, out _) is not null) return false;
            AddLocked(index, value);
            return true;
        }
    }

    /// <summary>Lets <paramref name="index"/> stand for <paramref name="newValue"/> from now on; false, with nothing changed, where it does not stand for <paramref name="oldValue"/>.</summary>
    public bool Replace(uint index, T oldValue, T newValue)
    {
        lock (_gate)
        {
            var entry = Locate(index, out _);
            if (entry is null || !ReferenceEquals(entry.Value, oldValue)) return false;
            entry.Value = newValue;
            return true;
        }
    }

    /// <summary>Frees <paramref name="index"/>; false, with nothing changed, where it does not stand for <paramref name="value"/>.</summary>
    public bool Remove(uint index, T value)
    {
        lock (_gate)
        {
            var entry = Locate(index, out var previous);
            if (entry is null || !ReferenceEquals(entry.Value, value)) return false;
            if (previous is null) Volatile.Write(ref _buckets[Bucket(_buckets, index)], entry.Next);
            else previous.Next = entry.Next;
            _count--;
            if (_buckets.Length > MinBuckets && _count < _buckets.Length / 8) Resize(_buckets.Length / 2);
            return true;
        }
    }

    private void AddLocked(uint index, T value)
    {
        if (_count >= _buckets.Length) Resize(_buckets.Length * 2);
        Link(_buckets, index, value);
        _count++;
    }

    private IndexEntry<T>? Locate(uint index, out IndexEntry<T>? previous)
    {
        previous = null;
        var entry = _buckets[Bucket(_buckets, index)];
        for (; entry is not null && entry.Index != index; entry = entry.Next) previous = entry;
        return entry;
    }

    private void Resize(int length)
    {
        var buckets = new IndexEntry<T>?[length];
        foreach (var chain in _buckets)
        {
            for (var entry = chain; entry is not null; entry = entry.Next) Link(buckets, entry.Index, entry.Value);
        }
        Volatile.Write(ref _buckets, buckets);
    }

    private static void Link(IndexEntry<T>?[] buckets, uint index, T value)
    {
        ref var bucket = ref buckets[Bucket(buckets, index)];
        Volatile.Write(ref bucket, new IndexEntry<T>(index, value, bucket));
    }

    private static int Bucket(IndexEntry<T>?[] buckets, uint index) => (int)(index & (uint)(buckets.Length - 1));
}
