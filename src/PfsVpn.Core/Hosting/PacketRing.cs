using System.Diagnostics;
using System.Runtime.InteropServices;
using PfsVpn.Crypto;
using PfsVpn.Tun;

namespace PfsVpn.Hosting;

/// <summary>A bounded queue of packets in native memory: one copy in, one copy out, and the place erased after that.</summary>
/// <remarks>
/// Sizes: <c>capacity</c> places of <c>packetBytes</c> each, rounded up to 16; pages that are never touched cost nothing.
/// Threading: all members from any thread. Ownership: whoever made it disposes it; what still waits is erased, and every later call finds it closed.
/// </remarks>
internal sealed unsafe class PacketRing : IDisposable
{
    private const int Alignment = 16;

    // A monitor, not a Lock: the pump waits on it.
    private readonly object _gate = new();
    private readonly int _stride;
    private readonly int[] _lengths;
    private byte* _memory;
    private int _first;
    private int _count;
    private bool _interrupted;
    private bool _closed;
    private TaskCompletionSource? _readable;
    private TaskCompletionSource? _writable;

    /// <summary>Makes an empty queue.</summary>
    public PacketRing(int capacity, int packetBytes)
    {
        PacketBytes = packetBytes;
        _stride = (packetBytes + Alignment - 1) & ~(Alignment - 1);
        _lengths = new int[capacity];
        _memory = (byte*)NativeMemory.AllocZeroed((nuint)capacity, (nuint)_stride);
    }

    /// <summary>Bytes of the longest packet that has a place.</summary>
    public int PacketBytes { get; }

    /// <summary>Whether it has been disposed.</summary>
    public bool IsClosed
    {
        get { lock (_gate) return _closed; }
    }

    /// <summary>Copies a packet in; false where no place is free, it is too long for one, or the queue is closed.</summary>
    public bool TryAdd(ReadOnlySpan<byte> packet)
    {
        TaskCompletionSource? readable;
        lock (_gate)
        {
            if (_closed || _count == _lengths.Length || packet.Length > PacketBytes) return false;
            var place = (_first + _count) % _lengths.Length;
            packet.CopyTo(Place(place));
            _lengths[place] = packet.Length;
            if (_count++ == 0) Monitor.PulseAll(_gate);
            (readable, _readable) = (_readable, null);
        }
        readable?.SetResult();
        return true;
    }

    /// <summary>Copies the oldest packet out and returns its length; 0 where there is none, or it is longer than <paramref name="destination"/> and stays.</summary>
    public int TryTake(Span<byte> destination)
    {
        int length;
        TaskCompletionSource? writable;
        lock (_gate)
        {
            if (_closed || _count == 0 || _lengths[_first] > destination.Length) return 0;
            length = _lengths[_first];
            var packet = Place(_first)[..length];
            packet.CopyTo(destination);
            packet.Clear();
            _first = (_first + 1) % _lengths.Length;
            _count--;
            (writable, _writable) = (_writable, null);
        }
        writable?.SetResult();
        return length;
    }

    /// <summary>Completes when there may be a packet, or the queue is closed.</summary>
    public Task WaitToTakeAsync()
    {
        lock (_gate) return _closed || _count > 0 ? Task.CompletedTask : (_readable ??= NewSignal()).Task;
    }

    /// <summary>Completes when there may be room, or the queue is closed.</summary>
    public Task WaitToAddAsync()
    {
        lock (_gate) return _closed || _count < _lengths.Length ? Task.CompletedTask : (_writable ??= NewSignal()).Task;
    }

    /// <summary>Blocks as <see cref="ITunQueue.Wait"/> says.</summary>
    public WaitResult Wait(int milliseconds)
    {
        var start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (true)
            {
                if (_closed) return WaitResult.Closed;
                if (_interrupted)
                {
                    _interrupted = false;
                    return WaitResult.Interrupted;
                }
                if (_count > 0) return WaitResult.Readable;
                var left = milliseconds < 0 ? Timeout.Infinite : milliseconds - (int)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if (milliseconds >= 0 && left <= 0) return WaitResult.TimedOut;
                Monitor.Wait(_gate, left);
            }
        }
    }

    /// <summary>Makes the current or the next <see cref="Wait"/> return.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            _interrupted = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Erases what waits, and wakes whoever waits.</summary>
    public void Dispose()
    {
        TaskCompletionSource? readable, writable;
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            SecretMemory.Zero(_memory, (nuint)_lengths.Length * (nuint)_stride);
            NativeMemory.Free(_memory);
            _memory = null;
            Monitor.PulseAll(_gate);
            (readable, writable) = (_readable, _writable);
        }
        readable?.TrySetResult();
        writable?.TrySetResult();
    }

    // The application's code goes on elsewhere, never on a pump.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Span<byte> Place(int index) => new(_memory + ((nint)index * _stride), PacketBytes);
}
