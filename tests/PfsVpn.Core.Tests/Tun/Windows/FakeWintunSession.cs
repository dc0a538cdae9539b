using PfsVpn.Interop.Windows;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

/// <summary>A session whose driver is the test: the documented contract, and nobody may be inside when it ends.</summary>
internal sealed unsafe class FakeWintunSession : IWintunSession
{
    private readonly FakeRing _incoming;
    private readonly FakeRing _outgoing;
    private readonly object _gate = new();
    private volatile int _end;
    private bool _readable;
    private bool _interrupted;
    private int _inside;
    private int _disposals;
    private int _waits;

    public FakeWintunSession(int capacity = 0x20000) => (_incoming, _outgoing) = (new FakeRing(capacity), new FakeRing(capacity));

    /// <summary>How often Dispose was called.</summary>
    public int Disposals => Volatile.Read(ref _disposals);

    /// <summary>How often somebody was put to sleep.</summary>
    public int Waits => Volatile.Read(ref _waits);

    /// <summary>The ring that the queue reads.</summary>
    public FakeRing Incoming => _incoming;

    /// <summary>What a wait returns at once from now on, as where the system refuses it.</summary>
    public bool WaitFails { get; set; }

    /// <summary>What Receive says of the next packet's length, in the place of the truth.</summary>
    public int? NextLength { get; set; }

    /// <summary>Called when somebody looked into an empty ring.</summary>
    public Action? SeenEmpty { get; set; }

    /// <summary>Called when somebody is about to be put to sleep.</summary>
    public Action? Sleeping { get; set; }

    /// <summary>The system sends a packet; false where the ring is full.</summary>
    public bool Deliver(ReadOnlySpan<byte> packet)
    {
        var place = _incoming.Reserve(packet.Length);
        if (place == null) return false;
        packet.CopyTo(new Span<byte>(place, packet.Length));
        _incoming.Commit(place);
        SetReadable();
        return true;
    }

    /// <summary>Takes what was written for the system; null for nothing.</summary>
    public byte[]? Collect()
    {
        var packet = _outgoing.Take(out var length);
        if (packet == null) return null;
        var copy = new Span<byte>(packet, length).ToArray();
        _outgoing.Release(packet);
        return copy;
    }

    /// <summary>The adapter goes away, or its ring is broken: what every call says from now on.</summary>
    public void End(int error)
    {
        _end = error;
        SetReadable();
    }

    /// <summary>Sets the event, as after a packet that was read without waiting.</summary>
    public void SetReadable()
    {
        lock (_gate)
        {
            _readable = true;
            Monitor.PulseAll(_gate);
        }
    }

    public int Receive(out byte* packet, out int length)
    {
        using var _ = Enter();
        packet = null;
        length = 0;
        if (_end != 0) return _end;
        packet = _incoming.Take(out length);
        if (packet == null)
        {
            SeenEmpty?.Invoke();
            return Wintun.ERROR_NO_MORE_ITEMS;
        }
        if (NextLength is { } lie) (length, NextLength) = (lie, null);
        return 0;
    }

    public void Release(byte* packet)
    {
        using var _ = Enter();
        _incoming.Release(packet);
    }

    public int Allocate(int length, out byte* packet)
    {
        using var _ = Enter();
        Assert.InRange(length, 1, Wintun.WINTUN_MAX_IP_PACKET_SIZE);
        packet = null;
        if (_end == Wintun.ERROR_HANDLE_EOF) return _end;
        packet = _outgoing.Reserve(length);
        return packet == null ? Wintun.ERROR_BUFFER_OVERFLOW : 0;
    }

    public void Send(byte* packet)
    {
        using var _ = Enter();
        _outgoing.Commit(packet);
    }

    public WaitResult Wait(int milliseconds)
    {
        using var _ = Enter();
        Interlocked.Increment(ref _waits);
        Sleeping?.Invoke();
        var until = Environment.TickCount64 + milliseconds;
        lock (_gate)
        {
            while (true)
            {
                if (WaitFails) return WaitResult.Closed;
                if (_interrupted)
                {
                    _interrupted = false;
                    return WaitResult.Interrupted;
                }
                if (_readable)
                {
                    _readable = false;
                    return WaitResult.Readable;
                }
                var left = milliseconds < 0 ? -1 : (int)Math.Max(0, until - Environment.TickCount64);
                if (left == 0) return WaitResult.TimedOut;
                Monitor.Wait(_gate, left);
            }
        }
    }

    public void Interrupt()
    {
        lock (_gate)
        {
            _interrupted = true;
            Monitor.PulseAll(_gate);
        }
    }

    public void Dispose()
    {
        Assert.Equal(0, Volatile.Read(ref _inside));
        Interlocked.Increment(ref _disposals);
    }

    /// <summary>Frees the rings, when the test is over.</summary>
    public void Free()
    {
        _incoming.Dispose();
        _outgoing.Dispose();
    }

    private Visit Enter()
    {
        Interlocked.Increment(ref _inside);
        Assert.Equal(0, Disposals);
        return new Visit(this);
    }

    private readonly struct Visit(FakeWintunSession session) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref session._inside);
    }
}
