using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Sends echo requests from a namespace and checks every byte of the replies.</summary>
public sealed class Pinger : IDisposable
{
    private const int EchoHeader = 8;
    private static int _identifiers = Random.Shared.Next(65536);

    private readonly Socket _socket;
    private readonly IPEndPoint _target;
    private readonly bool _isV4;
    private readonly ushort _identifier = (ushort)Interlocked.Increment(ref _identifiers);
    private readonly ConcurrentDictionary<ushort, (TaskCompletionSource<TimeSpan> Reply, byte[] Request, long SentAt)> _waiting = new();
    private readonly Task _receiver;
    private int _sequence;

    private Pinger(Socket socket, IPAddress target)
    {
        _socket = socket;
        _target = new IPEndPoint(target, 0);
        _isV4 = target.AddressFamily == AddressFamily.InterNetwork;
        _receiver = ReceiveAsync();
    }

    /// <summary>Bytes of the IP and echo headers before the payload.</summary>
    public int HeaderSize => (_isV4 ? 20 : 40) + EchoHeader;

    /// <summary>Opens a raw socket in the namespace, sending from <paramref name="source"/> if given.</summary>
    public static Pinger Open(NetworkNamespace from, IPAddress target, IPAddress? source = null) => new(
        from.Inside(() =>
        {
            var protocol = target.AddressFamily == AddressFamily.InterNetwork ? ProtocolType.Icmp : ProtocolType.IcmpV6;
            var socket = new Socket(target.AddressFamily, SocketType.Raw, protocol) { ReceiveBufferSize = 4 << 20 };
            if (source is not null) socket.Bind(new IPEndPoint(source, 0));
            return socket;
        }),
        target);

    /// <summary>One echo with a payload of <paramref name="size"/> bytes: its round trip time, or null where no reply came within the bound.</summary>
    public async Task<TimeSpan?> TryPingAsync(int size = 56, TimeSpan? bound = null)
    {
        var (reply, sequence) = Send(size);
        if (await Task.WhenAny(reply, Task.Delay(bound ?? TimeSpan.FromSeconds(1))) == reply) return await reply;
        _waiting.TryRemove(sequence, out _);
        return null;
    }

    /// <summary>One echo that must be answered.</summary>
    public async Task PingAsync(int size = 56)
    {
        if (await TryPingAsync(size, TimeSpan.FromSeconds(10)) is null)
            throw new InvalidOperationException($"no reply from {_target.Address} to an echo with {size} bytes of payload within 10 s");
    }

    /// <summary>Pings until there is a reply.</summary>
    public Task UntilAnsweredAsync(TimeSpan? bound = null) =>
        Wait.UntilAsync($"a reply from {_target.Address}", async () => await TryPingAsync(bound: TimeSpan.FromMilliseconds(500)) is not null, bound);

    /// <summary>An echo of every size up to packets of <paramref name="mtu"/> bytes, in steps, <paramref name="window"/> at a time, none of which may be lost.</summary>
    public async Task EverySizeAsync(int mtu, int step = 1, int window = 16)
    {
        await UntilAnsweredAsync();
        var sizes = new List<int>();
        for (var size = 0; size <= mtu - HeaderSize; size += step) sizes.Add(size);
        sizes.Add(mtu - HeaderSize);
        foreach (var some in sizes.Chunk(window))
        {
            var lost = (await Task.WhenAll(some.Select(async size => (size, time: await TryPingAsync(size, TimeSpan.FromSeconds(5)))))).Where(p => p.time is null).ToArray();
            if (lost.Length > 0)
                throw new InvalidOperationException($"no reply from {_target.Address} within 5 s to payloads of these bytes: {string.Join(", ", lost.Select(p => p.size))}");
        }
    }

    /// <summary>Pings at a steady pace until <paramref name="until"/> ends. Returns how many were sent, and which of them were lost at what second.</summary>
    public async Task<(int Sent, IReadOnlyList<string> Lost)> SteadilyAsync(TimeSpan interval, Task until)
    {
        var watch = Stopwatch.StartNew();
        var sent = new List<(double At, Task<TimeSpan> Reply)>();
        using (var timer = new PeriodicTimer(interval))
        {
            while (!until.IsCompleted && await timer.WaitForNextTickAsync()) sent.Add((watch.Elapsed.TotalSeconds, Send(56).Reply));
        }
        await until;
        await Task.WhenAny(Task.WhenAll(sent.Select(s => s.Reply)), Task.Delay(3000));
        var lost = sent.Where(s => !s.Reply.IsCompleted).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.At:0.00} s")).ToArray();
        return (sent.Count, lost);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _receiver.Wait(1000);
    }

    private (Task<TimeSpan> Reply, ushort Sequence) Send(int size)
    {
        var sequence = (ushort)Interlocked.Increment(ref _sequence);
        var message = new byte[EchoHeader + size];
        message[0] = (byte)(_isV4 ? 8 : 128);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(4), _identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(6), sequence);
        Random.Shared.NextBytes(message.AsSpan(EchoHeader));
        if (_isV4) BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(2), Checksum(message));
        var reply = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[sequence] = (reply, message, Stopwatch.GetTimestamp());
        try
        {
            _socket.SendTo(message, _target);
        }
        catch (SocketException)
        {
            // No route, or refused for now by the system: a ping without a reply like any other.
        }
        return (reply.Task, sequence);
    }

    private async Task ReceiveAsync()
    {
        var buffer = new byte[65536];
        while (true)
        {
            int count;
            try
            {
                count = await _socket.ReceiveAsync(buffer);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            // A raw IPv4 socket also gives the IP header.
            Take(buffer.AsSpan(_isV4 ? 20 : 0, Math.Max(0, count - (_isV4 ? 20 : 0))));
        }
    }

    private void Take(ReadOnlySpan<byte> message)
    {
        if (message.Length < EchoHeader || message[0] != (_isV4 ? 0 : 129) || BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != _identifier) return;
        if (!_waiting.TryRemove(BinaryPrimitives.ReadUInt16BigEndian(message[6..]), out var sent)) return;
        if (message[EchoHeader..].SequenceEqual(sent.Request.AsSpan(EchoHeader))) sent.Reply.TrySetResult(Stopwatch.GetElapsedTime(sent.SentAt));
        else sent.Reply.TrySetException(new InvalidOperationException($"the reply to an echo of {sent.Request.Length - EchoHeader} bytes has other bytes in it"));
    }

    private static ushort Checksum(ReadOnlySpan<byte> message)
    {
        var sum = 0u;
        for (var i = 0; i + 1 < message.Length; i += 2) sum += BinaryPrimitives.ReadUInt16BigEndian(message[i..]);
        if (message.Length % 2 != 0) sum += (uint)message[^1] << 8;
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
