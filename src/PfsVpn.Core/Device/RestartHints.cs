using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>Where data came from whose index means nothing here: perhaps a peer that still holds a session which a restart took from us.</summary>
/// <remarks>
/// <para>After a restart there are no tombstones. Where such data comes from exactly the endpoint of a peer without any keypair, the peer gets an initiation, and its
/// traffic stops for one handshake only, instead of the 15 s after which it would try one itself.</para>
/// <para>Why this is harmless. Nothing in the datagram is believed: it is dropped, and the handshake authenticates whoever answers. A spoofed source can at most
/// make us send one initiation to an endpoint that we were configured for or that the peer authenticated: 148 bytes in 5 s (REKEY_TIMEOUT) for each peer without a
/// session, each a single attempt that nobody repeats, and no more than a fixed number a second for all peers together. A peer with a session is never concerned. What the
/// initiation gives away, that somebody is there, the peer's own next one would bring out as well.</para>
/// <para>A flood is cheap: a source is noted once a second, all sources together <see cref="PerSecond"/> times, and whatever goes beyond costs a pump a look at two
/// numbers. While a flood uses the notes up, honest peers recover by the protocol's own timers, as they do without any of this.</para>
/// Sizes: 64 places. Threading: <see cref="Offer"/> from any thread, under a short lock; <see cref="TryTake"/> from the control thread.
/// </remarks>
internal sealed class RestartHints
{
    /// <summary>Notes taken a second, at most.</summary>
    public const int PerSecond = 1000;

    private const int Capacity = 64;

    private readonly Lock _gate = new();
    private readonly EndpointAddress[] _waiting = new EndpointAddress[Capacity];
    private readonly long[] _lately = new long[Capacity];
    private int _head;
    private int _count;
    private long _second;
    private int _usedThisSecond;

    /// <summary>Whether none waits.</summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Notes a source, once a second; true where the control thread must be asked to look.</summary>
    public bool Offer(in EndpointAddress source, MonotonicTime now)
    {
        var second = now.Nanoseconds / 1_000_000_000;
        if (Volatile.Read(ref _second) == second && Volatile.Read(ref _usedThisSecond) >= PerSecond) return false;
        var hash = source.GetHashCode();
        var mark = ((long)hash << 32) ^ second;
        ref var lately = ref _lately[hash & (Capacity - 1)];
        if (Volatile.Read(ref lately) == mark) return false;
        lock (_gate)
        {
            if (second != _second)
            {
                Volatile.Write(ref _second, second);
                Volatile.Write(ref _usedThisSecond, 0);
            }
            if (_count == Capacity || _usedThisSecond >= PerSecond) return false;
            Volatile.Write(ref lately, mark);
            Volatile.Write(ref _usedThisSecond, _usedThisSecond + 1);
            _waiting[(_head + _count) % Capacity] = source;
            Volatile.Write(ref _count, _count + 1);
            return true;
        }
    }

    /// <summary>Takes the oldest note.</summary>
    public bool TryTake(out EndpointAddress source)
    {
        lock (_gate)
        {
            source = default;
            if (_count == 0) return false;
            source = _waiting[_head];
            _head = (_head + 1) % Capacity;
            Volatile.Write(ref _count, _count - 1);
            return true;
        }
    }
}
