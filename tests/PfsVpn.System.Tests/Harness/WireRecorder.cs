using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Records what passes between the two hosts of a <see cref="Tunnel"/>, as an attacker on the wire would: from a packet socket on the left one's eth0.</summary>
/// <remarks>References: packet(7). Runs of messages that the sender gave the kernel as one are cut at the length of a <see cref="SteadyFlow"/>'s message.</remarks>
public sealed class WireRecorder : IDisposable
{
    private const int EthernetHeader = 14, UdpHeader = 8, Udp = 17, AllProtocols = 3;

    private readonly Socket _socket;
    private readonly Stopwatch _watch;
    private readonly ConcurrentQueue<WireMessage> _messages = new();
    private readonly Task _reading;

    private WireRecorder(Socket socket, Stopwatch watch)
    {
        (_socket, _watch) = (socket, watch);
        _reading = Task.Factory.StartNew(Read, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Everything so far, in order.</summary>
    public IReadOnlyList<WireMessage> Messages => [.. _messages];

    /// <summary>Begins to record.</summary>
    public static WireRecorder Start(NetworkNamespace left, Stopwatch watch) => new(
        left.Inside(static () =>
        {
            var socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)IPAddress.HostToNetworkOrder((short)AllProtocols)) { ReceiveBufferSize = 8 << 20 };
            // Closing does not wake a thread that receives.
            socket.ReceiveTimeout = 100;
            return socket;
        }),
        watch);

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

    public void Dispose()
    {
        _socket.Dispose();
        _reading.Wait();
    }

    private void Read()
    {
        var buffer = new byte[128 * 1024];
        while (true)
        {
            try
            {
                Take(buffer.AsSpan(0, _socket.Receive(buffer)));
            }
            catch (SocketException nothing) when (nothing.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
            {
                // Look again, or find it closed.
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

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
