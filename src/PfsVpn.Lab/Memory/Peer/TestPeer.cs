using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PfsVpn.Lab.Memory.Search;
using PfsVpn.Noise;

namespace PfsVpn.Lab.Memory.Peer;

/// <summary>
/// A WireGuard peer that makes sessions with a daemon in either role and knows every secret that both ends share. Nothing of it is secret: it has plain arrays.
/// </summary>
/// <remarks>
/// References: WireGuard paper §5.4. It answers initiations by itself, on a thread of its own, and never starts a handshake unless told: so the daemon's timers alone
/// decide what else happens. Threading: members from any thread. Ownership: disposes the socket.
/// </remarks>
internal sealed class TestPeer : IDisposable
{
    private const int TypeAndReserved = 4;

    private readonly Lock _gate = new();
    private readonly Socket _socket;
    private readonly EndPoint _daemon;
    private readonly byte[] _daemonPublicKey;
    private readonly byte[] _presharedKey;
    private readonly string _name;
    private readonly Thread _receiver;
    private readonly List<LabSession> _sessions = [];
    private readonly List<Secret> _attempts = [];
    private readonly List<Secret> _cookies = [];
    private readonly List<byte[]> _daemonEphemerals = [];
    private readonly Dictionary<uint, LabSession> _byIndex = [];
    private LabHandshake? _initiation;
    private uint _initiationIndex;
    private uint _nextIndex = (uint)Random.Shared.Next();
    private Tai64n _timestamp;
    private volatile bool _stopping;

    /// <summary>Makes a peer of a daemon.</summary>
    /// <param name="name">What its secrets are called.</param>
    /// <param name="socket">A UDP socket, bound.</param>
    /// <param name="daemon">Where the daemon listens.</param>
    /// <param name="daemonPublicKey">The daemon's public key.</param>
    /// <param name="presharedKey">32 bytes; all zero for none.</param>
    public TestPeer(string name, Socket socket, EndPoint daemon, byte[] daemonPublicKey, byte[] presharedKey)
    {
        (_name, _socket, _daemon, _daemonPublicKey, _presharedKey) = (name, socket, daemon, daemonPublicKey, presharedKey);
        PublicKey = LabCrypto.PublicKey(PrivateKey);
        _receiver = new Thread(Receive) { IsBackground = true, Name = "test peer" };
        _receiver.Start();
    }

    /// <summary>Its private key.</summary>
    public byte[] PrivateKey { get; } = LabCrypto.NewPrivateKey();

    /// <summary>Its public key.</summary>
    public byte[] PublicKey { get; }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Endpoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>What it does when the daemon initiates.</summary>
    public volatile InitiationAnswer Answer = InitiationAnswer.Respond;

    /// <summary>Packets of the daemon that it opened, keepalives not counted.</summary>
    public int PacketsReceived { get; private set; }

    /// <summary>The static-static secret with the daemon.</summary>
    public Secret StaticStatic => new(SecretKind.StaticStatic, $"{_name}: ss", LabCrypto.SharedSecret(PrivateKey, _daemonPublicKey));

    /// <summary>The pre-shared key, or null for none.</summary>
    public Secret? PresharedKey => _presharedKey.AsSpan().ContainsAnyExcept((byte)0) ? new Secret(SecretKind.PresharedKey, $"{_name}: pre-shared key", _presharedKey) : null;

    /// <summary>All sessions so far.</summary>
    public IReadOnlyList<LabSession> Sessions
    {
        get { lock (_gate) return [.. _sessions]; }
    }

    /// <summary>The secrets of the daemon's initiations that were never answered.</summary>
    public IReadOnlyList<Secret> AttemptSecrets
    {
        get { lock (_gate) return [.. _attempts]; }
    }

    /// <summary>The ephemeral public keys of the daemon, in initiations and responses, in order.</summary>
    public IReadOnlyList<byte[]> DaemonEphemerals
    {
        get { lock (_gate) return [.. _daemonEphemerals]; }
    }

    /// <summary>The cookies that the daemon was given.</summary>
    public IReadOnlyList<Secret> Cookies
    {
        get { lock (_gate) return [.. _cookies]; }
    }

    /// <summary>Makes a session as initiator.</summary>
    /// <param name="confirm">Whether to confirm it by a keepalive; without, the daemon keeps it as <c>next</c>.</param>
    /// <exception cref="LabException">The daemon does not answer.</exception>
    public LabSession Initiate(bool confirm = true)
    {
        const int tries = 5;
        var before = Sessions.Count;
        for (var attempt = 0; attempt < tries; attempt++)
        {
            lock (_gate) SendInitiation();
            if (!TryWait(() => Sessions.Count > before, TimeSpan.FromSeconds(2))) continue;
            var session = Sessions[before];
            if (confirm) Send(session, []);
            return session;
        }
        throw new LabException($"The daemon does not answer the initiations of {_name}.");
    }

    /// <summary>Waits for the next session that the daemon initiates, after <paramref name="known"/> sessions.</summary>
    /// <exception cref="LabException">None came.</exception>
    public LabSession AwaitSession(int known, TimeSpan limit) => TryWait(() => Sessions.Count > known, limit)
        ? Sessions[known]
        : throw new LabException($"The daemon made no session with {_name} within {limit.TotalSeconds:0} s.");

    /// <summary>Seals a packet (empty: a keepalive) and sends it.</summary>
    public void Send(LabSession session, byte[] packet)
    {
        lock (_gate)
        {
            var (counter, ciphertext) = session.Seal([.. packet, .. new byte[(16 - (packet.Length % 16)) % 16]]);
            var message = new byte[MessageSizes.DataHeader + ciphertext.Length];
            WriteHeader(message, MessageType.Data, session.RemoteIndex);
            BinaryPrimitives.WriteUInt64LittleEndian(message.AsSpan(MessageLayout.DataCounter), counter);
            ciphertext.CopyTo(message, MessageSizes.DataHeader);
            _socket.SendTo(message, _daemon);
        }
    }

    /// <summary>Waits for a condition; false where the time is over.</summary>
    public static bool TryWait(Func<bool> condition, TimeSpan limit)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > limit) return false;
            Thread.Sleep(2);
        }
        return true;
    }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _stopping = true;
        _socket.Dispose();
        _receiver.Join();
    }

    private static void WriteHeader(byte[] message, MessageType type, uint index)
    {
        message[0] = (byte)type;
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(MessageLayout.FirstIndex), index);
    }

    private void Receive()
    {
        var buffer = new byte[65536];
        EndPoint source = new IPEndPoint(IPAddress.Any, 0);
        while (!_stopping)
        {
            try
            {
                var count = _socket.ReceiveFrom(buffer, ref source);
                if (count < TypeAndReserved + 4) continue;
                lock (_gate) Process(buffer[..count], source);
            }
            catch (SocketException)
            {
                // A port unreachable while the daemon is away; or the socket is closed, which the loop's condition says.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Process(byte[] message, EndPoint source)
    {
        switch ((MessageType)message[0])
        {
            case MessageType.Initiation when message.Length == MessageSizes.Initiation:
                ConsumeInitiation(message, source);
                break;
            case MessageType.Response when message.Length == MessageSizes.Response:
                ConsumeResponse(message);
                break;
            case MessageType.Data when message.Length >= MessageSizes.DataMinimum:
                ConsumeData(message);
                break;
        }
    }

    private void SendInitiation()
    {
        var handshake = new LabHandshake($"{_name}, session {_sessions.Count + 1}", _daemonPublicKey);
        var message = new byte[MessageSizes.Initiation];
        _initiationIndex = _nextIndex++;
        WriteHeader(message, MessageType.Initiation, _initiationIndex);
        var ephemeral = LabCrypto.PublicKey(handshake.Ephemeral);
        ephemeral.CopyTo(message, MessageLayout.InitiationEphemeral.Start.Value);
        handshake.MixEphemeral(ephemeral);
        handshake.MixKey(SecretKind.DiffieHellman, "es", LabCrypto.SharedSecret(handshake.Ephemeral, _daemonPublicKey));
        handshake.Seal(PublicKey).CopyTo(message.AsSpan(MessageLayout.InitiationStatic));
        handshake.MixKey(SecretKind.StaticStatic, "ss", LabCrypto.SharedSecret(PrivateKey, _daemonPublicKey));
        handshake.Seal(NextTimestamp()).CopyTo(message.AsSpan(MessageLayout.InitiationTimestamp));
        AddMac(message);
        _initiation = handshake;
        _socket.SendTo(message, _daemon);
    }

    private byte[] NextTimestamp()
    {
        var now = Tai64n.FromUnix(DateTime.UtcNow - DateTime.UnixEpoch);
        _timestamp = now.CompareTo(_timestamp) > 0 ? now : _timestamp.NextStep();
        var bytes = new byte[Tai64n.SizeInBytes];
        _timestamp.Write(bytes);
        return bytes;
    }

    private void ConsumeResponse(byte[] message)
    {
        if (_initiation is not { } handshake || BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(MessageLayout.ResponseReceiver)) != _initiationIndex) return;
        var remoteEphemeral = message[MessageLayout.ResponseEphemeral];
        _daemonEphemerals.Add(remoteEphemeral);
        handshake.MixEphemeral(remoteEphemeral);
        handshake.Mix("ee", LabCrypto.SharedSecret(handshake.Ephemeral, remoteEphemeral));
        handshake.Mix("se", LabCrypto.SharedSecret(PrivateKey, remoteEphemeral));
        handshake.MixPresharedKey(_presharedKey);
        if (handshake.Open(message[MessageLayout.ResponseEmpty]) is null) return;
        _initiation = null;
        var (first, second) = handshake.SessionKeys();
        AddSession(first, second, Index(message), _initiationIndex, handshake, isInitiator: true);
    }

    private void ConsumeInitiation(byte[] message, EndPoint source)
    {
        if (Answer == InitiationAnswer.Cookie)
        {
            SendCookie(message, source);
            return;
        }
        var handshake = new LabHandshake($"{_name}, session {_sessions.Count + 1}", PublicKey);
        var ephemeral = message[MessageLayout.InitiationEphemeral];
        _daemonEphemerals.Add(ephemeral);
        handshake.MixEphemeral(ephemeral);
        handshake.MixKey(SecretKind.DiffieHellman, "es", LabCrypto.SharedSecret(PrivateKey, ephemeral));
        if (handshake.Open(message[MessageLayout.InitiationStatic]) is not { } initiator || !initiator.AsSpan().SequenceEqual(_daemonPublicKey)) return;
        handshake.MixKey(SecretKind.StaticStatic, "ss", LabCrypto.SharedSecret(PrivateKey, _daemonPublicKey));
        if (handshake.Open(message[MessageLayout.InitiationTimestamp]) is null) return;
        if (Answer == InitiationAnswer.Ignore) _attempts.AddRange(handshake.Secrets.Where(static secret => secret.Kind != SecretKind.StaticStatic));
        else SendResponse(handshake, ephemeral, Index(message), source);
    }

    private void SendResponse(LabHandshake handshake, byte[] remoteEphemeral, uint remoteIndex, EndPoint source)
    {
        var message = new byte[MessageSizes.Response];
        var index = _nextIndex++;
        WriteHeader(message, MessageType.Response, index);
        BinaryPrimitives.WriteUInt32LittleEndian(message.AsSpan(MessageLayout.ResponseReceiver), remoteIndex);
        var ephemeral = LabCrypto.PublicKey(handshake.Ephemeral);
        ephemeral.CopyTo(message.AsSpan(MessageLayout.ResponseEphemeral));
        handshake.MixEphemeral(ephemeral);
        handshake.Mix("ee", LabCrypto.SharedSecret(handshake.Ephemeral, remoteEphemeral));
        handshake.Mix("se", LabCrypto.SharedSecret(handshake.Ephemeral, _daemonPublicKey));
        handshake.MixPresharedKey(_presharedKey);
        handshake.Seal([]).CopyTo(message.AsSpan(MessageLayout.ResponseEmpty));
        AddMac(message);
        var (first, second) = handshake.SessionKeys();
        AddSession(second, first, remoteIndex, index, handshake, isInitiator: false);
        _socket.SendTo(message, source);
    }

    private void SendCookie(byte[] initiation, EndPoint source)
    {
        var cookie = new Secret(SecretKind.Cookie, $"{_name}: cookie {_cookies.Count + 1}", System.Security.Cryptography.RandomNumberGenerator.GetBytes(16));
        var message = new byte[MessageSizes.CookieReply];
        WriteHeader(message, MessageType.CookieReply, Index(initiation));
        var nonce = System.Security.Cryptography.RandomNumberGenerator.GetBytes(24);
        nonce.CopyTo(message.AsSpan(MessageLayout.CookieReplyNonce));
        LabCrypto.SealX(LabCrypto.Hash(ProtocolConstants.LabelCookie, PublicKey), nonce, cookie.Bytes, initiation[MessageLayout.Mac1])
            .CopyTo(message.AsSpan(MessageLayout.CookieReplyCookie));
        _cookies.Add(cookie);
        _socket.SendTo(message, source);
    }

    private void ConsumeData(byte[] message)
    {
        if (!_byIndex.TryGetValue(Index(message), out var session)) return;
        var counter = BinaryPrimitives.ReadUInt64LittleEndian(message.AsSpan(MessageLayout.DataCounter));
        if (session.Open(counter, message[MessageSizes.DataHeader..]) is { Length: > 0 }) PacketsReceived++;
    }

    private void AddSession(byte[] send, byte[] receive, uint remoteIndex, uint index, LabHandshake handshake, bool isInitiator)
    {
        var session = new LabSession($"{_name}, session {_sessions.Count + 1}", send, receive, remoteIndex, handshake.Secrets, isInitiator);
        _sessions.Add(session);
        _byIndex[index] = session;
    }

    private void AddMac(byte[] message) =>
        LabCrypto.Mac(LabCrypto.Hash(ProtocolConstants.LabelMac1, _daemonPublicKey), message[MessageLayout.BeforeMac1]).CopyTo(message.AsSpan(MessageLayout.Mac1));

    private static uint Index(byte[] message) => BinaryPrimitives.ReadUInt32LittleEndian(message.AsSpan(MessageLayout.FirstIndex));
}
