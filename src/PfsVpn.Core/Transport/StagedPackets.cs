using System.Runtime.InteropServices;
using PfsVpn.Crypto;
using PfsVpn.Noise;

namespace PfsVpn.Transport;

/// <summary>Packets that wait for a key: at most 128 a peer, the oldest goes first. Plaintext, so every buffer is zeroed when it ends.</summary>
/// <remarks>
/// Sizes: a copy of each packet in native memory, counted against a budget that all peers of a device share.
/// Threading: safe from any thread; a short lock for each call. A keepalive is a packet of no bytes.
/// </remarks>
internal sealed unsafe class StagedPackets
{
    private readonly Lock _gate = new();
    private readonly StagedBudget _budget;
    private readonly Queue<(nint Data, int Length, byte Tos)> _packets = new();
    private int _count;
    private int _withData;

    /// <summary>Makes an empty queue that draws on <paramref name="budget"/>.</summary>
    public StagedPackets(StagedBudget budget) => _budget = budget;

    /// <summary>How many packets wait. Read without the lock by pumps.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether something waits that is no keepalive. Read without the lock.</summary>
    public bool HasData => Volatile.Read(ref _withData) > 0;

    /// <summary>Copies a packet to the end; returns how many packets were dropped to make room, the packet itself included.</summary>
    public int Enqueue(ReadOnlySpan<byte> packet, byte tos)
    {
        lock (_gate)
        {
            var dropped = 0;
            if (_packets.Count == ProtocolConstants.MaxStagedPackets)
            {
                Free(_packets.Dequeue());
                dropped++;
            }
            while (!_budget.TryTake(packet.Length))
            {
                if (_packets.Count == 0)
                {
                    Volatile.Write(ref _count, 0);
                    return dropped + 1;
                }
                Free(_packets.Dequeue());
                dropped++;
            }
            var data = packet.IsEmpty ? null : (byte*)NativeMemory.Alloc((nuint)packet.Length);
            packet.CopyTo(new Span<byte>(data, packet.Length));
            _packets.Enqueue(((nint)data, packet.Length, tos));
            if (packet.Length > 0) Volatile.Write(ref _withData, _withData + 1);
            Volatile.Write(ref _count, _packets.Count);
            return dropped;
        }
    }

    /// <summary>Moves the oldest packet to <paramref name="destination"/> and zeroes its buffer. False where there is none, or where it has no room.</summary>
    public bool TryDequeue(Span<byte> destination, out int length, out byte tos)
    {
        lock (_gate)
        {
            length = 0;
            tos = 0;
            if (!_packets.TryPeek(out var packet) || packet.Length > destination.Length) return false;
            _packets.Dequeue();
            new ReadOnlySpan<byte>((byte*)packet.Data, packet.Length).CopyTo(destination);
            (length, tos) = (packet.Length, packet.Tos);
            Free(packet);
            Volatile.Write(ref _count, _packets.Count);
            return true;
        }
    }

    /// <summary>Drops everything and returns how many packets that were.</summary>
    public int Clear()
    {
        lock (_gate)
        {
            var count = _packets.Count;
            while (_packets.TryDequeue(out var packet)) Free(packet);
            _packets.TrimExcess();
            Volatile.Write(ref _count, 0);
            return count;
        }
    }

    private void Free((nint Data, int Length, byte Tos) packet)
    {
        if (packet.Data == 0) return;
        Volatile.Write(ref _withData, _withData - 1);
        SecretMemory.Zero((byte*)packet.Data, (nuint)packet.Length);
        NativeMemory.Free((byte*)packet.Data);
        _budget.Return(packet.Length);
    }
}
