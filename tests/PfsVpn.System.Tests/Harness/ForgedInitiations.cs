using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using PfsVpn.Crypto;

namespace PfsVpn.SystemTests.Harness;

/// <summary>Initiations with a right mac1 and nothing else right: what anyone can send who knows a public key. Each costs the receiver two X25519.</summary>
public sealed class ForgedInitiations : IDisposable
{
    private const int InitiationSize = 148;
    private const int CookieReplySize = 64;
    private const int BurstSize = 800;

    private readonly byte[] _mac1Key = new byte[Blake2s.HashSizeInBytes];
    private readonly byte[] _cookieKey = new byte[Blake2s.HashSizeInBytes];
    private readonly byte[] _message = RandomNumberGenerator.GetBytes(InitiationSize);
    private readonly Socket _socket;
    private readonly List<Socket> _crowd = [];
    private readonly IPEndPoint _target;
    private long _sent;
    private long _cookies;

    /// <param name="from">The namespace of the attacker.</param>
    /// <param name="source">The address that single initiations come from.</param>
    /// <param name="target">Where they go.</param>
    /// <param name="targetPublicKey">The target's public key in base64.</param>
    /// <param name="crowd">How many addresses of <see cref="Crowd"/> a flood comes from; 0: all of it from <paramref name="source"/>.</param>
    public ForgedInitiations(NetworkNamespace from, IPAddress source, IPEndPoint target, string targetPublicKey, int crowd = 0)
    {
        _target = target;
        for (var i = 0; i < crowd; i++) _crowd.Add(from.OpenUdp(IPAddress.Parse($"10.66.{i >> 8}.{i & 255}")));
        _socket = from.OpenUdp(source);
        _socket.ReceiveBufferSize = 4 << 20;
        var key = Convert.FromBase64String(targetPublicKey);
        Blake2s.Hash(_mac1Key, "mac1----"u8, key);
        Blake2s.Hash(_cookieKey, "cookie--"u8, key);
        BinaryPrimitives.WriteUInt32LittleEndian(_message, 1);
    }

    /// <summary>Addresses for floods from many sources; the namespace of the attacker owns them after <see cref="AddCrowdAsync"/>.</summary>
    public const string Crowd = "10.66.0.0/16";

    /// <summary>Initiations sent so far.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Cookie replies received so far.</summary>
    public long Cookies => Interlocked.Read(ref _cookies);

    /// <summary>
    /// Sends bursts until cancelled: some 40,000 a second, enough to fill any queue of handshakes; at <paramref name="fullRate"/> one right after the other,
    /// as many as a core can make.
    /// </summary>
    public Task FloodAsync(CancellationToken cancellation, bool fullRate = false) => Task.Factory.StartNew(
        () =>
        {
            var reply = new byte[2048];
            while (!cancellation.IsCancellationRequested)
            {
                for (var i = 0; i < BurstSize; i++)
                {
                    var socket = _crowd.Count > 0 ? _crowd[(int)(Sent % _crowd.Count)] : _socket;
                    if (socket != _socket || i == 0)
                        while (socket.Available > 0) Count(reply.AsSpan(0, socket.Receive(reply)));
                    Send(socket, cookie: default);
                }
                if (!fullRate) cancellation.WaitHandle.WaitOne(20);
            }
        },
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Sends one initiation and waits for the cookie reply to it: null where none comes, because the target took the initiation or dropped it.</summary>
    public byte[]? TryGetCookie(ReadOnlySpan<byte> cookie, TimeSpan bound)
    {
        var drain = new byte[2048];
        while (_socket.Available > 0) _socket.Receive(drain);
        Send(_socket, cookie);
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < bound)
        {
            if (!_socket.Poll(TimeSpan.FromMilliseconds(50), SelectMode.SelectRead)) continue;
            var count = _socket.Receive(drain);
            if (Open(drain.AsSpan(0, count)) is { } opened) return opened;
        }
        return null;
    }

    public void Dispose()
    {
        _socket.Dispose();
        foreach (var socket in _crowd) socket.Dispose();
    }

    /// <summary>Gives the attacker's namespace all addresses of <see cref="Crowd"/>, and the target's a way back to them.</summary>
    public static async Task AddCrowdAsync(NetworkNamespace from, NetworkNamespace to, IPAddress via)
    {
        await from.IpAsync($"route add local {Crowd} dev lo");
        if (from != to) await to.IpAsync($"route add {Crowd} via {via}");
    }

    private void Send(Socket socket, ReadOnlySpan<byte> cookie)
    {
        // A new sender index, and so a new mac1, each time; the high bit of the ephemeral key stays clear.
        BinaryPrimitives.WriteInt64LittleEndian(_message.AsSpan(4), Interlocked.Increment(ref _sent));
        Blake2s.Mac(_message.AsSpan(116, 16), _mac1Key, _message.AsSpan(0, 116));
        _message.AsSpan(132).Clear();
        if (!cookie.IsEmpty) Blake2s.Mac(_message.AsSpan(132, 16), cookie, _message.AsSpan(0, 132));
        socket.SendTo(_message, _target);
    }

    private void Count(ReadOnlySpan<byte> reply)
    {
        if (reply.Length == CookieReplySize && reply[0] == 3) Interlocked.Increment(ref _cookies);
    }

    // The cookie is sealed under a key of the target's public key, bound to the mac1 that it answers.
    private byte[]? Open(ReadOnlySpan<byte> reply)
    {
        var cookie = new byte[16];
        var answersTheLatest = reply.Length == CookieReplySize && reply[0] == 3 && reply[4..8].SequenceEqual(_message.AsSpan(4, 4));
        return answersTheLatest && HandshakeAead.TryOpenX(cookie, _cookieKey, reply[8..32], reply[32..], _message.AsSpan(116, 16)) ? cookie : null;
    }
}
