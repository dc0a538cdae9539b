using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Records what passes between the two hosts of a <see cref="Tunnel"/>, as an attacker on the wire would: from a packet socket on the left one's eth0.</summary>
/// <remarks>Runs of messages that the sender gave the kernel as one are cut at the length of a <see cref="SteadyFlow"/>'s message.</remarks>
public sealed class WireRecorder : IDisposable
{
    private const int EthernetHeader = 14, UdpHeader = 8, Udp = 17;

    private readonly FrameReader _reader;
    private readonly Stopwatch _watch;
    private readonly ConcurrentQueue<WireMessage> _messages = new();

    /// <summary>Begins to record.</summary>
    public WireRecorder(NetworkNamespace left, Stopwatch watch)
    {
        _watch = watch;
        _reader = new FrameReader(left, Take);
    }

    /// <summary>Everything so far, in order.</summary>
    public IReadOnlyList<WireMessage> Messages => [.. _messages];

    /// <summary>Throws where a nonce was used twice under one key: a receiver index stands for one key of one direction.</summary>
    public void AssertNoNonceTwice()
    {
        var seen = new HashSet<(bool, uint, ulong)>();
        foreach (var message in _messages)
        {
            if (message.Type == 4 && !seen.Add((message.FromLeft, message.Receiver, message.Counter)))
                throw new InvalidOperationException($"counter {message.Counter} was sent twice to index {message.Receiver:x8}");
        }
        if (seen.Count == 0) throw new InvalidOperationException("no data message was recorded");
    }

    public void Dispose() => _reader.Dispose();

    private void Take(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetHeader + 20 + UdpHeader || BinaryPrimitives.ReadUInt16BigEndian(frame[12..]) != 0x0800) return;
        var ip = frame[EthernetHeader..];
        if (ip[9] != Udp || ip[12] != 10 || ip[13] != 9) return;
        var fromLeft = ip[15] == 1;
        var udp = ip[((ip[0] & 15) * 4)..];
        var payload = udp[UdpHeader..];
        while (payload.Length >= 32)
        {
            var length = payload[0] == 4 ? Math.Min(payload.Length, SteadyFlow.MessageBytes) : payload.Length;
            var isData = payload[0] == 4;
            var receiver = BinaryPrimitives.ReadUInt32LittleEndian(payload[(payload[0] == 2 ? 8 : 4)..]);
            _messages.Enqueue(new WireMessage(_watch.Elapsed, fromLeft, payload[0], receiver, isData ? BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]) : 0, length));
            payload = payload[length..];
        }
    }
}
