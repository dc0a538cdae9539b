using System.Runtime.InteropServices;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>The bounded queue of handshake messages from the pumps to the control thread. What does not fit is dropped by the pump.</summary>
/// <remarks>
/// Sizes: slots of 148 bytes and a source, in native memory that is touched only as far as it is used.
/// Threading: pumps enqueue, the control thread dequeues, both count what is useless, under a short lock.
/// </remarks>
internal sealed unsafe class HandshakeQueue : IDisposable
{
    /// <summary>Slots, as in the kernel.</summary>
    public const int DefaultCapacity = 4096;

    /// <summary>Initiations of nobody in one second from which on cookies are demanded: some 3 % of a core.</summary>
    internal const int UselessPerSecond = 1000;

    private readonly Lock _gate = new();
    private readonly int _capacity;
    private Slot* _slots;
    private int _head;
    private int _count;
    private long _busyUntil;
    private long _uselessSecond;
    private int _useless;

    /// <summary>Makes a queue of <paramref name="capacity"/> messages.</summary>
    public HandshakeQueue(int capacity = DefaultCapacity)
    {
        _capacity = capacity;
        _slots = (Slot*)NativeMemory.Alloc((nuint)capacity, (nuint)sizeof(Slot));
    }

    /// <summary>How many messages wait.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether the queue is at least an eighth full, or was within the last second, or too many useless initiations came within it.</summary>
    public bool IsUnderLoad(MonotonicTime now)
    {
        if (Volatile.Read(ref _count) >= _capacity / 8)
        {
            Volatile.Write(ref _busyUntil, (now + ProtocolConstants.UnderLoadStickyTime).Nanoseconds);
            return true;
        }
        return now.Nanoseconds < Volatile.Read(ref _busyUntil);
    }

    /// <summary>
    /// The control thread spent an X25519 on an initiation of nobody, or a pump turned one without a cookie away under load. Too many in a second are a load,
    /// whether they fill the queue or not: they would take the processor from the tunnels. Any thread.
    /// </summary>
    public void NoteUseless(MonotonicTime now)
    {
        lock (_gate)
        {
            var second = now.Nanoseconds / 1_000_000_000;
            if (second != _uselessSecond) (_uselessSecond, _useless) = (second, 0);
            if (++_useless >= UselessPerSecond) Volatile.Write(ref _busyUntil, (now + ProtocolConstants.UnderLoadStickyTime).Nanoseconds);
        }
    }

    /// <summary>Copies a message of at most 148 bytes; false when the queue is full.</summary>
    public bool TryEnqueue(ReadOnlySpan<byte> message, in DatagramSource source)
    {
        lock (_gate)
        {
            if (_count == _capacity || _slots is null || message.Length > MessageSizes.Initiation) return false;
            var slot = _slots + ((_head + _count) % _capacity);
            slot->Length = message.Length;
            slot->Source = source;
            message.CopyTo(new Span<byte>(slot->Message, MessageSizes.Initiation));
            Volatile.Write(ref _count, _count + 1);
            return true;
        }
    }

    /// <summary>Moves the oldest message to <paramref name="message"/> (148 bytes of room).</summary>
    public bool TryDequeue(Span<byte> message, out int length, out DatagramSource source)
    {
        lock (_gate)
        {
            length = 0;
            source = default;
            if (_count == 0) return false;
            var slot = _slots + _head;
            length = slot->Length;
            source = slot->Source;
            new ReadOnlySpan<byte>(slot->Message, length).CopyTo(message);
            _head = (_head + 1) % _capacity;
            Volatile.Write(ref _count, _count - 1);
            return true;
        }
    }

    /// <summary>Frees the memory; later messages are refused.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            NativeMemory.Free(_slots);
            _slots = null;
            _count = 0;
        }
    }

    private struct Slot
    {
        public int Length;
        public DatagramSource Source;
        public fixed byte Message[MessageSizes.Initiation];
    }
}
