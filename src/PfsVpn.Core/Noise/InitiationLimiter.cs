using System.Buffers.Binary;
using PfsVpn.Crypto;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Noise;

/// <summary>A token bucket for each source of handshake messages: under load 20 a second, 5 at once; IPv4 by address, IPv6 by /64.</summary>
/// <remarks>
/// <para>References: WireGuard paper §5.3, the kernel's ratelimiter.c. A bucket is one number, the moment when it is full again; a full one carries no
/// information and is free for others. So nothing is ever collected, and nothing is allocated.</para>
/// <para>The table has a fixed number of rows of 8 buckets. Where a row has no free bucket, the one that is full soonest gives way: whoever has many sources
/// can make others' buckets be forgotten, which is to their advantage, and can lock nobody out. Rows are chosen by a keyed hash, or sources could be
/// picked to meet in one.</para>
/// Sizes: 24 bytes a bucket, 96 KiB by default. Threading: safe from any thread.
/// </remarks>
internal sealed class InitiationLimiter
{
    /// <summary>Messages a second that one source with a cookie may send in the long run, when nothing else is said.</summary>
    public const int PerSecond = 20;

    /// <summary>Messages that one source with a cookie may send at once, when nothing else is said.</summary>
    public const int Burst = 5;

    /// <summary>Buckets when nothing else is said.</summary>
    public const int DefaultCapacity = 4096;

    /// <summary>Buckets in one row of the table.</summary>
    internal const int RowLength = 8;

    private readonly Lock _gate = new();
    private readonly Bucket[] _buckets;
    private readonly UInt128 _factor;
    private readonly UInt128 _offset;
    private readonly uint _rowMask;
    private readonly long _cost;
    private readonly long _depth;

    /// <summary>Allocates the table.</summary>
    /// <param name="random">Where the key of the hash comes from.</param>
    /// <param name="perSecond">Messages a second that one source may send in the long run.</param>
    /// <param name="burst">Messages that one source may send at once.</param>
    /// <param name="capacity">Buckets, a power of two, at least 8.</param>
    public InitiationLimiter(IRandomSource random, int perSecond = PerSecond, int burst = Burst, int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(perSecond, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, RowLength);
        if (!int.IsPow2(capacity)) throw new ArgumentException("The capacity is a power of two.", nameof(capacity));
        Span<byte> key = stackalloc byte[32];
        random.Fill(key);
        _factor = BinaryPrimitives.ReadUInt128LittleEndian(key);
        _offset = BinaryPrimitives.ReadUInt128LittleEndian(key[16..]);
        _buckets = new Bucket[capacity];
        _rowMask = (uint)(capacity / RowLength) - 1;
        _cost = 1_000_000_000L / perSecond;
        _depth = _cost * burst;
    }

    /// <summary>Whether one more message of this source may pass now; takes a token where it may.</summary>
    public bool Allow(IpAddress source, MonotonicTime now)
    {
        var prefix = source.IsV4 ? source.V4 : source.High;
        var row = ChooseRow(prefix, source.Family);
        lock (_gate) return Take(ref Find(row, prefix, source.Family), now.Nanoseconds);
    }

    /// <summary>Whether <see cref="Allow"/> would refuse; takes nothing, and makes nobody's bucket be forgotten.</summary>
    public bool IsExhausted(IpAddress source, MonotonicTime now)
    {
        var prefix = source.IsV4 ? source.V4 : source.High;
        var row = ChooseRow(prefix, source.Family);
        lock (_gate)
        {
            foreach (ref readonly var bucket in _buckets.AsSpan(row, RowLength))
                if (bucket.Prefix == prefix && bucket.Family == source.Family) return FullAfterOneMore(bucket, now.Nanoseconds) - now.Nanoseconds > _depth;
        }
        return false;
    }

    private bool Take(ref Bucket bucket, long now)
    {
        var full = FullAfterOneMore(bucket, now);
        if (full - now > _depth) return false;
        bucket.FullAt = full;
        return true;
    }

    private long FullAfterOneMore(in Bucket bucket, long now) => Math.Max(bucket.FullAt, now) + _cost;

    /// <summary>The bucket of the source: its own, or the one of its row that is full soonest, emptied of what it said about another.</summary>
    private ref Bucket Find(int row, ulong prefix, byte family)
    {
        var soonest = row;
        for (var i = row; i < row + RowLength; i++)
        {
            ref var bucket = ref _buckets[i];
            if (bucket.Prefix == prefix && bucket.Family == family) return ref bucket;
            if (bucket.FullAt < _buckets[soonest].FullAt) soonest = i;
        }
        _buckets[soonest] = new Bucket { Prefix = prefix, Family = family };
        return ref _buckets[soonest];
    }

    /// <summary>
    /// (a x + b) mod 2^128, of which upper bits: strongly universal under a key that nobody outside sees, and far cheaper than a cryptographic hash.
    /// </summary>
    private int ChooseRow(ulong prefix, byte family)
    {
        var hash = (_factor * prefix) + _offset + ((UInt128)family << 64);
        return (int)((uint)(hash >> 96) & _rowMask) * RowLength;
    }

    private struct Bucket
    {
        public ulong Prefix;
        public long FullAt;
        public byte Family;
    }
}
