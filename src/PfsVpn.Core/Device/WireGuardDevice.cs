using Microsoft.Extensions.Logging;
using PfsVpn.Configuration;
using PfsVpn.Crypto;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Routing;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>
/// A WireGuard interface without its input and output: peers, keys, timers and routing. Time, randomness and the way out are parameters.
/// </summary>
/// <remarks>
/// References: WireGuard paper; kernel device.c, receive.c, send.c, timers.c.
/// Threading: the control thread calls everything here except what pumps use by <see cref="OutboundPath"/> and <see cref="InboundPath"/>.
/// </remarks>
internal sealed class WireGuardDevice : IDisposable
{
    /// <summary>How long the device rests at most once it was told of a sleep to come: on the boot clock, so a real sleep ends it.</summary>
    public static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(30);

    private readonly HandshakeProcessor _handshakes;
    private readonly TimerProcessor _timers;
    private readonly StagedFlusher _flusher;
    private readonly SignalProcessor _signalled;
    private readonly DeviceConfigurator _configurator;
    private readonly DeadlineQueue<Peer> _deadlines = new();
    private readonly PeerSignals _signals = new();
    private readonly byte[] _message = new byte[MessageSizes.Initiation];
    private CookieChecker? _cookieChecker;
    private int _isUp;
    private int _mtu = 1420;
    private bool _wasUnderLoad;

    /// <summary>Makes a device without key and peers, down. <paramref name="clock"/> is the boot clock, read from any thread when a key was made or erased.</summary>
    public WireGuardDevice(SecretArena arena, ILogger logger, IRandomSource random, Func<MonotonicTime> clock)
    {
        Ledger = new KeyLedger(clock);
        Arena = arena;
        Logger = logger;
        Scratch = new HandshakeScratch(arena);
        Limiter = new InitiationLimiter(random);
        SourceAllowance = new InitiationLimiter(random, HandshakeScreen.AllowancePerSecond, HandshakeScreen.AllowancePerSecond, HandshakeScreen.AllowanceSources);
        CookieAllowance = new InitiationLimiter(random, perSecond: 1, HandshakeScreen.CookieRepliesPerSource, HandshakeScreen.AllowanceSources);
        _handshakes = new HandshakeProcessor(this);
        Sessions = new SessionKeeper(this, _handshakes);
        _timers = new TimerProcessor(this, _handshakes);
        _signalled = new SignalProcessor(this, _handshakes, _timers);
        _flusher = new StagedFlusher(this);
        _configurator = new DeviceConfigurator(this);
    }

    /// <summary>Called, from any thread, when the control thread has something to do.</summary>
    public Action? ControlRequested { get; set; }

    /// <summary>Drops by reason. Any thread.</summary>
    public DropCounters Drops { get; } = new();

    /// <summary>The account of all keys. Any thread.</summary>
    public KeyLedger Ledger { get; }

    /// <summary>Whether the interface is up. Any thread.</summary>
    public bool IsUp
    {
        get => Volatile.Read(ref _isUp) != 0;
        private set => Volatile.Write(ref _isUp, value ? 1 : 0);
    }

    /// <summary>MTU of the interface, for the padding of packets that the control thread sends.</summary>
    public int Mtu
    {
        get => Volatile.Read(ref _mtu);
        set => Volatile.Write(ref _mtu, value);
    }

    /// <summary>The wanted UDP port, 0 for any.</summary>
    public ushort ListenPort { get; set; }

    /// <summary>The firewall mark, 0 for none.</summary>
    public uint FirewallMark { get; set; }

    /// <summary>The interface that the UDP sockets are bound to, empty for none.</summary>
    public string BindDevice { get; set; } = "";

    /// <summary>The addresses that the UDP sockets are bound to, the default value for any.</summary>
    public BindAddresses BindAddresses { get; set; }

    /// <summary>Age in seconds at which keypairs get a successor, 0 for the protocol's own.</summary>
    public ushort RekeyAfterSeconds { get; set; }

    /// <summary>Bytes after which keypairs get a successor, 0 for no limit.</summary>
    public ulong RekeyAfterBytes { get; set; }

    /// <summary>All peers. The control thread.</summary>
    public PeerTable Peers { get; } = new();

    /// <summary>Which peer a destination belongs to. Any thread reads.</summary>
    public AllowedIps<Peer> AllowedIps { get; } = new();

    /// <summary>Initiations and their like that wait.</summary>
    public HandshakeQueue Initiations { get; } = new();

    /// <summary>Responses and cookie replies to our own indices: initiations cannot crowd them out.</summary>
    public HandshakeQueue Replies { get; } = new(HandshakeQueue.DefaultCapacity / 4);

    /// <summary>The earliest moment at which <see cref="ProcessDeadlines"/> has something to do.</summary>
    public MonotonicTime NextDeadline
    {
        get
        {
            var next = _deadlines.PeekEarliest(out var at) is null ? MonotonicTime.Infinite : at;
            return CookieChecker?.NextDeadline is { } cookie && cookie < next ? cookie : next;
        }
    }

    /// <summary>By how much the latest served of all due deadlines was late, since the start. The control thread.</summary>
    public TimeSpan WorstLateness { get; private set; }

    /// <summary>The latest initiation from a static key that is no peer, to the second; null for none. Any thread.</summary>
    public Stranger? UnknownPeer => _handshakes.Refusals.UnknownPeerSeen;

    /// <summary>The latest initiation that does not decrypt, so that it was made for another key than ours; to the second; null for none. Any thread.</summary>
    public Stranger? WrongKey => _handshakes.Refusals.WrongKeySeen;

    /// <summary>Whether pumps left something for the control thread.</summary>
    public bool HasControlWork => !_signals.IsEmpty || Initiations.Count > 0 || Replies.Count > 0 || !RestartHints.IsEmpty;

    internal SecretArena Arena { get; }

    internal ILogger Logger { get; }

    internal StaticIdentity? Identity { get; set; }

    internal InitiationLimiter Limiter { get; }

    internal InitiationLimiter SourceAllowance { get; }

    internal InitiationLimiter CookieAllowance { get; }

    internal HandshakeScratch Scratch { get; }

    internal StagedBudget StagedBudget { get; } = new();

    internal IndexTable<IndexEntry> Indices { get; } = new();

    internal SessionKeeper Sessions { get; }

    internal RestartHints RestartHints { get; } = new();

    internal UnreachableLimiter Unreachables { get; } = new();

    internal LogGate GlobalLogGate { get; } = new();

    internal CookieChecker? CookieChecker
    {
        get => Volatile.Read(ref _cookieChecker);
        set => Volatile.Write(ref _cookieChecker, value);
    }

    /// <summary>The interface went up: waiting packets and persistent keepalives start handshakes.</summary>
    public void Up(in ControlStep step)
    {
        if (IsUp) return;
        IsUp = true;
        foreach (var peer in Peers.All) Wake(peer, step);
    }

    /// <summary>The interface went down: every session and every waiting packet ends. Timestamps that were seen are kept.</summary>
    public void Down(KeyEndReason reason = KeyEndReason.InterfaceDown)
    {
        IsUp = false;
        foreach (var peer in Peers.All) Sessions.Quiet(peer, reason);
        Sessions.NoteAllEnded(reason);
        CookieChecker?.Forget(reason);
    }

    /// <summary>
    /// Everything ephemeral ends: before the machine sleeps, or because it is a clone. No keypair that exists seals another packet, no handshake under way is completed,
    /// and no cookie is recognized. Peers handshake anew when there is something to send.
    /// </summary>
    /// <remarks>
    /// Before sleep, waiting packets are dropped: they are plaintext, and nobody waits for them in the morning. And no handshake begins for <see cref="LongestRest"/>,
    /// unless <see cref="AfterSleep"/> comes before: traffic would make new keys for the night within milliseconds. In a clone packets wait on, for none of them was ever sealed.
    /// </remarks>
    public void EraseSessions(KeyEndReason reason) => Sessions.EndAll(reason);

    /// <summary>The machine is awake again, or did not go to sleep after all: handshakes may begin, and do with each peer that had a session.</summary>
    public void AfterSleep(in ControlStep step)
    {
        Sessions.EndRest(step.Now);
        Sessions.Recover(step);
    }

    /// <summary>
    /// The machine slept for <paramref name="slept"/>, whether anybody said so or not. What became too old meanwhile ends first; then each peer that had a session, or is kept
    /// alive, is called at once: its address, or ours, may be another by now, and a session that the other side gave up would only be missed after seconds of silence.
    /// </summary>
    public void AfterSuspend(in ControlStep step, TimeSpan slept)
    {
        Logger.Slept((long)slept.TotalSeconds);
        Sessions.NoteRecovery();
        ProcessDeadlines(step);
        AfterSleep(step);
    }

    /// <summary>Serves what pumps asked for.</summary>
    public void ProcessSignals(in ControlStep step)
    {
        for (var peer = _signals.TakeAll(); peer is not null;)
        {
            var next = peer.NextSignalled;
            peer.NextSignalled = null;
            var signals = PeerSignals.Take(peer);
            if (!peer.IsRemoved && IsUp) _signalled.Serve(peer, signals, step);
            peer = next;
        }
        _signalled.ServeHints(step);
    }

    /// <summary>Fires due timers; keys that reached their end are erased here.</summary>
    public void ProcessDeadlines(in ControlStep step)
    {
        // The earliest of those that are due is the latest to be served.
        if (NextDeadline is var due && due < step.Now && step.Now - due > WorstLateness) WorstLateness = step.Now - due;
        while (_deadlines.TryPop(step.Now, out var peer))
        {
            _timers.FireDue(peer, step);
            Schedule(peer);
        }
        CookieChecker?.EraseExpired(step.Now);
        Sessions.Tombstones.RemoveExpired(step.Now);
    }

    /// <summary>Consumes one queued handshake message, replies before initiations; false where none waits.</summary>
    public bool ProcessHandshake(in ControlStep step)
    {
        if (!Replies.TryDequeue(_message, out var length, out var source) && !Initiations.TryDequeue(_message, out length, out source)) return false;
        _handshakes.Handle(_message.AsSpan(0, length), source, step);
        var underLoad = Initiations.IsUnderLoad(step.Now);
        if (underLoad && !_wasUnderLoad && GlobalLogGate.Allows(LogTopic.Cookie, step.Now)) Logger.UnderLoad();
        _wasUnderLoad = underLoad;
        return true;
    }

    /// <summary>
    /// Applies a validated change in slices: each move does a bounded piece of work, so that timers run in between. The change's secrets are taken.
    /// Port and mark are the caller's; <paramref name="step"/> is asked for the time anew in each slice.
    /// </summary>
    public IEnumerator<bool> Apply(DeviceChange change, Func<ControlStep> step) => _configurator.Apply(change, step);

    /// <summary>The state for <c>get=1</c>; its secrets are the device's own slots. <paramref name="boundPort"/> is the port of the open socket, 0 for none.</summary>
    public DeviceState Describe(ushort boundPort) => DeviceDescription.Of(this, boundPort);

    /// <summary>Lets the sticky sources go that <paramref name="holds"/> does not confirm, after routes changed, one a slice: each is a question to the kernel.</summary>
    public IEnumerator<bool> ReviewSources(Func<Endpoint, bool> holds)
    {
        foreach (var peer in Peers.All.ToArray())
        {
            if (peer.Endpoint is not { Source.IsNone: false } endpoint) continue;
            if (!holds(endpoint)) peer.ForgetSource(endpoint);
            yield return true;
        }
    }

    /// <summary>Lets all sticky sources go: the port or the mark changed.</summary>
    public void ForgetSources()
    {
        foreach (var peer in Peers.All)
            if (peer.Endpoint is { } endpoint) peer.ForgetSource(endpoint);
    }

    /// <summary>Erases every key.</summary>
    public void Dispose()
    {
        Down(KeyEndReason.Shutdown);
        foreach (var peer in Peers.All) peer.Erase(KeyEndReason.Shutdown);
        Identity?.End(KeyEndReason.Shutdown);
        Identity = null;
        CookieChecker?.End(KeyEndReason.Shutdown);
        _handshakes.Dispose();
        Scratch.Dispose();
        _flusher.Dispose();
        Initiations.Dispose();
        Replies.Dispose();
    }

    /// <summary>Asks for the control thread. Any thread.</summary>
    internal void RequestControl() => ControlRequested?.Invoke();

    /// <summary>Raises signals for a peer. Any thread.</summary>
    internal void Raise(Peer peer, PeerSignal signals)
    {
        if (_signals.Raise(peer, signals)) RequestControl();
    }

    /// <summary>A random delay of 0 to 333 ms.</summary>
    internal TimeSpan Jitter(IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[4];
        random.Fill(bytes);
        return ProtocolConstants.RekeyTimeoutJitterMax * (BitConverter.ToUInt32(bytes) / (double)uint.MaxValue);
    }

    /// <summary>Puts the peer's earliest deadline into the queue.</summary>
    internal void Schedule(Peer peer)
    {
        var earliest = peer.Timers.Earliest;
        if (peer.IsRemoved || earliest == MonotonicTime.Infinite) _deadlines.Remove(peer);
        else _deadlines.Set(peer, earliest);
    }

    /// <summary>Sends what is staged, or starts the handshake that it waits for.</summary>
    internal void FlushStaged(Peer peer, in ControlStep step)
    {
        if (peer.Staged.Count > 0 && !_flusher.TryFlush(peer, step)) _handshakes.Initiate(peer, step, isRetry: false);
    }

    /// <summary>Stages a keepalive where nothing is staged, and sends.</summary>
    internal void SendKeepalive(Peer peer, in ControlStep step)
    {
        if (peer.Endpoint is null) return;
        if (peer.Staged.Count == 0)
        {
            Logger.SendingKeepalive(peer.ShortName);
            peer.Staged.Enqueue([], tos: 0);
            peer.Activity.Staged(step.Now);
        }
        FlushStaged(peer, step);
    }

    /// <summary>A peer of a device that is up: serve what waits, and keep it alive.</summary>
    internal void Wake(Peer peer, in ControlStep step)
    {
        if (peer.PersistentKeepalive > 0)
        {
            peer.Activity.RestartTraversal(step.Now);
            SendKeepalive(peer, step);
            peer.Timers.KeepAlivePersistently(step.Now, peer.PersistentKeepalive);
        }
        FlushStaged(peer, step);
        Schedule(peer);
    }
}
