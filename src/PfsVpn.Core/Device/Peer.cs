using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>One peer: its identity, its handshake, its keypairs, its timers, and what the pumps need of it.</summary>
/// <remarks>
/// Threading: the control thread owns it. Pumps use only <see cref="Endpoint"/>, <see cref="Keypairs"/>.Current, <see cref="Staged"/>,
/// <see cref="Activity"/>, <see cref="Statistics"/> and the members marked so.
/// </remarks>
internal sealed class Peer : IDeadlineItem, IKeyWitness, IDisposable
{
    /// <summary>Pending <see cref="PeerSignal"/>s; pumps set them by <see cref="PeerSignals"/>.</summary>
    internal int PendingSignals;

    private readonly KeyLedger _ledger;
    private Endpoint? _endpoint;
    private string _name = "";
    private PeerKeyTotals? _keyTotals;
    private HandshakeRecord? _handshakeRecord;
    private long _quietUntil;
    private int _handshakePending;
    private int _lastMinuteHandshake;
    private int _isRemoved;

    /// <summary>Makes a peer without endpoint, keys or allowed IPs.</summary>
    public Peer(SecretArena arena, in PublicKey publicKey, HandshakeScratch scratch, StagedBudget budget, Action<Keypair, KeyEndReason> endKeypair, KeyLedger ledger)
    {
        _ledger = ledger;
        Remote = new RemoteIdentity(arena, publicKey, this);
        Handshake = new Handshake(arena, Remote, scratch, this);
        Cookies = new CookieJar(arena, publicKey, this);
        Keypairs = new Keypairs(endKeypair);
        Staged = new StagedPackets(budget);
        ShortName = publicKey.ToShortString();
    }

    /// <summary>Timers; a mutable struct of the control thread.</summary>
    internal PeerTimers Timers;

    /// <inheritdoc/>
    public int HeapIndex { get; set; }

    /// <summary>The peer's static public key and pre-shared key.</summary>
    public RemoteIdentity Remote { get; }

    /// <summary>The static public key.</summary>
    public PublicKey PublicKey => Remote.PublicKey;

    /// <summary>The name, if any, and the key's first and last characters, for logs. Any thread.</summary>
    public string ShortName { get; private set; }

    /// <summary>What people call the peer, empty for no name.</summary>
    public string Name
    {
        get => _name;
        set
        {
            if (value == _name) return;
            _name = value;
            var key = PublicKey.ToShortString();
            ShortName = value.Length == 0 ? key : $"{value} {key}";
        }
    }

    /// <summary>The one handshake slot.</summary>
    public Handshake Handshake { get; }

    /// <summary>The cookie that the peer gave us.</summary>
    public CookieJar Cookies { get; }

    /// <summary>Previous, current and next.</summary>
    public Keypairs Keypairs { get; }

    /// <summary>Packets that wait for a key. Any thread.</summary>
    public StagedPackets Staged { get; }

    /// <summary>The moments of the last events. Any thread.</summary>
    public PeerActivity Activity { get; } = new();

    /// <summary>Byte counts. Any thread.</summary>
    public PeerStatistics Statistics { get; } = new();

    /// <summary>How its handshakes went; null before the first event. Any thread.</summary>
    public HandshakeRecord? HandshakeRecord => Volatile.Read(ref _handshakeRecord);

    /// <summary>Keys made and erased; null before the first one. Any thread.</summary>
    public PeerKeyTotals? KeyTotals => Volatile.Read(ref _keyTotals);

    /// <summary>Which failures were logged lately.</summary>
    internal LogGate LogGate { get; } = new();

    /// <summary>The index of the outstanding handshake in the index table, 0 for none.</summary>
    public uint HandshakeIndex { get; set; }

    /// <summary>Interval of persistent keepalives in seconds, 0 for off.</summary>
    public ushort PersistentKeepalive { get; set; }

    /// <summary>Age in seconds at which keypairs of this peer get a successor, 0 where the interface says it.</summary>
    public ushort RekeyAfterSeconds { get; set; }

    /// <summary>Bytes after which keypairs of this peer get a successor, 0 where the interface says it.</summary>
    public ulong RekeyAfterBytes { get; set; }

    /// <summary>When the last initiation or response was sent; unset for never.</summary>
    public MonotonicTime LastHandshakeSent { get; set; }

    /// <summary>Since when initiations go unanswered; unset where none is outstanding.</summary>
    public MonotonicTime AttemptsSince { get; set; }

    /// <summary>The moment that the pacer gave the next initiation behind which nothing waits but keepalives; unset where it gave none.</summary>
    public MonotonicTime InitiationSlot { get; set; }

    /// <summary>Whether the deferred handshake is a single attempt, in answer to data that could not be read.</summary>
    public bool IsHinted { get; set; }

    /// <summary>Whether a handshake is to begin as soon as the machine is awake.</summary>
    public bool WantsRecovery { get; set; }

    /// <summary>When the first initiation since the last completed handshake was sent; unset where none was. Unlike <see cref="AttemptsSince"/>, new packets do not move it.</summary>
    public MonotonicTime SilentSince { get; set; }

    /// <summary>Wall-clock time of the last completed handshake; zero for never.</summary>
    public TimeSpan LastHandshake { get; set; }

    /// <summary>Whether the log said that the peer is connected, and not since that it is lost.</summary>
    public bool IsConnected { get; set; }

    /// <summary>Keypairs in a row that the peer did not confirm though we answered its initiations.</summary>
    public int UnconfirmedInARow { get; set; }

    /// <summary>Whether the peer has been removed: whatever still refers to it does nothing. Any thread.</summary>
    public bool IsRemoved
    {
        get => Volatile.Read(ref _isRemoved) != 0;
        set => Volatile.Write(ref _isRemoved, value ? 1 : 0);
    }

    /// <summary>Where datagrams go, or null. Any thread.</summary>
    public Endpoint? Endpoint
    {
        get => Volatile.Read(ref _endpoint);
        set => Volatile.Write(ref _endpoint, value);
    }

    /// <summary>Whether an initiation is outstanding, so that staging a packet need not wake the control thread. Any thread.</summary>
    public bool IsHandshakePending
    {
        get => Volatile.Read(ref _handshakePending) != 0;
        set => Interlocked.Exchange(ref _handshakePending, value ? 1 : 0);
    }

    /// <summary>Until when a wish for a successor of a working key is not worth a wake-up. Any thread.</summary>
    public MonotonicTime QuietUntil
    {
        get => new(Volatile.Read(ref _quietUntil));
        set => Volatile.Write(ref _quietUntil, value.Nanoseconds);
    }

    /// <summary>Whether the handshake that receiving on an old key asks for was asked for already. Any thread.</summary>
    public bool LastMinuteHandshakeAsked
    {
        get => Volatile.Read(ref _lastMinuteHandshake) != 0;
        set => Volatile.Write(ref _lastMinuteHandshake, value ? 1 : 0);
    }

    /// <summary>The endpoint under which <see cref="PeersByEndpoint"/> finds the peer; null where it does not.</summary>
    internal Endpoint? RegisteredEndpoint { get; set; }

    /// <summary>Next in the chain of peers that want the control thread.</summary>
    internal Peer? NextSignalled { get; set; }

    /// <summary>Follows the source of an authenticated packet. Any thread.</summary>
    public void Roam(in EndpointAddress remote, in LocalSource local)
    {
        var present = Endpoint;
        if (present is null || !present.Is(remote, local)) Endpoint = new Endpoint(remote, local);
    }

    /// <summary>Lets the sticky source of <paramref name="endpoint"/> go, unless the peer has roamed meanwhile. Any thread.</summary>
    public void ForgetSource(Endpoint endpoint)
    {
        if (!endpoint.Source.IsNone) Interlocked.CompareExchange(ref _endpoint, endpoint.WithoutSource(), endpoint);
    }

    /// <summary>Sets the timers that end the peer's keypairs.</summary>
    internal void ArmKeypairTimers()
    {
        var end = Keypairs.FirstRejectAt();
        if (end == MonotonicTime.Infinite) Timers.Cancel(PeerTimer.EndKeypair);
        else Timers.Set(PeerTimer.EndKeypair, end);

        if (Keypairs.Previous is { } previous && Keypairs.Current is { IsConfirmedByPeer: true } current)
        {
            previous.EndBy(current.FirstAuthenticated + ProtocolConstants.RekeyTimeout);
            Timers.Set(PeerTimer.EndPrevious, current.FirstAuthenticated + ProtocolConstants.RekeyTimeout);
        }
        else
        {
            Timers.Cancel(PeerTimer.EndPrevious);
        }
    }

    /// <summary>Erases everything that the peer holds; its keypairs have been ended.</summary>
    public void Erase(KeyEndReason reason)
    {
        Staged.Clear();
        Handshake.Clear(reason);
        Cookies.Clear(reason);
        Remote.End(reason);
    }

    /// <inheritdoc/>
    public void Dispose() => Erase(KeyEndReason.Shutdown);

    /// <summary>The record of its handshakes, made with the first event: by the control thread.</summary>
    internal HandshakeRecord EnsureHandshakeRecord()
    {
        if (_handshakeRecord is null) Volatile.Write(ref _handshakeRecord, new HandshakeRecord());
        return _handshakeRecord!;
    }

    /// <summary>Notes a keypair that was derived.</summary>
    internal void NoteKeypairMade() => _ledger.NoteMade(KeyKind.Keypair, EnsureKeyTotals());

    /// <summary>Notes a keypair that has been erased. Any thread: the last lease erases.</summary>
    internal void NoteKeypairErased(Keypair keypair, KeyEndReason reason) => _ledger.NoteErased(
        new KeyEnd(KeyKind.Keypair, reason, PublicKey, keypair.Created, keypair.FirstAuthenticated, keypair.Retired, keypair.Deadline, default), KeyTotals);

    MonotonicTime IKeyWitness.Made(KeyKind kind) => _ledger.NoteMade(kind, IsEphemeral(kind) ? EnsureKeyTotals() : null);

    void IKeyWitness.Erased(KeyKind kind, KeyEndReason reason, MonotonicTime created, MonotonicTime deadline) =>
        _ledger.NoteErased(new KeyEnd(kind, reason, PublicKey, created, default, default, deadline, default), IsEphemeral(kind) ? KeyTotals : null);

    /// <summary>What a peer has by its configuration alone is no part of its totals: an idle peer stays small.</summary>
    private static bool IsEphemeral(KeyKind kind) => kind is KeyKind.Keypair or KeyKind.HandshakeSecrets or KeyKind.ReceivedCookie;

    /// <summary>The totals, made with the peer's first key: by the control thread, which alone makes keys of peers.</summary>
    private PeerKeyTotals EnsureKeyTotals()
    {
        if (_keyTotals is null) Volatile.Write(ref _keyTotals, new PeerKeyTotals());
        return _keyTotals!;
    }
}
