using PfsVpn.Crypto;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Noise;

/// <summary>The one handshake slot of a peer: Noise_IKpsk2 as initiator (Handshake.Initiator.cs) and as responder (Handshake.Responder.cs).</summary>
/// <remarks>
/// <para>Initiator: <see cref="TryCreateInitiation"/>, <see cref="ConsumeResponse"/>, <see cref="DeriveSessionKeys"/>.
/// Responder: <see cref="InitiationConsumer"/>, <see cref="TryCreateResponse"/>, <see cref="DeriveSessionKeys"/>.</para>
/// <para>Every operation works in the scratch slots, verifies everything, and only then changes this object; whichever way it ends, the scratch slots are
/// zero afterwards. MACs are not its matter: <see cref="CookieJar.AddMacs"/> completes a message, <see cref="CookieChecker.CheckMac1"/> comes before consuming.</para>
/// References: WireGuard paper §5.4.2, §5.4.3, §5.4.5. Sizes: no arena slot while idle, up to 3 during a handshake. Threading: the control loop's.
/// </remarks>
internal sealed partial class Handshake : IDisposable
{
    private readonly SecretArena _arena;
    private readonly HandshakeScratch _scratch;
    private readonly IKeyWitness? _witness;
    private HandshakeSlots? _slots;

    /// <summary>Makes the idle handshake of a peer. The scratch is the control loop's and is not owned; <paramref name="witness"/> is told of each attempt.</summary>
    public Handshake(SecretArena arena, RemoteIdentity remote, HandshakeScratch scratch, IKeyWitness? witness = null)
    {
        _witness = witness;
        _arena = arena;
        _scratch = scratch;
        Remote = remote;
    }

    /// <summary>The peer.</summary>
    public RemoteIdentity Remote { get; }

    /// <summary>The timestamps that outlive every <see cref="Clear"/>.</summary>
    public InitiationHistory History { get; } = new();

    /// <summary>How far the handshake is.</summary>
    public HandshakeState State { get; private set; }

    /// <summary>
    /// Our index of the handshake, which the keypair inherits: set by creating a message. Still there after <see cref="DeriveSessionKeys"/>; an accepted
    /// initiation and <see cref="Clear"/> set it to zero, so that the caller frees the index of an outstanding initiation before.
    /// </summary>
    public uint LocalIndex { get; private set; }

    /// <summary>The peer's index: set by consuming a message. Still there after <see cref="DeriveSessionKeys"/>.</summary>
    public uint RemoteIndex { get; private set; }

    /// <summary>When the handshake under way began; unset where there is none, or nobody keeps an account.</summary>
    public MonotonicTime Created => _slots?.Created ?? default;

    /// <summary>When the secrets of the handshake under way are to be erased at the latest; the caller sets it, <see cref="MonotonicTime.Infinite"/> before.</summary>
    public MonotonicTime Deadline { get; set; } = MonotonicTime.Infinite;

    /// <summary>The slots of the handshake under way, for tests that look into them.</summary>
    internal HandshakeSlots? Slots => _slots;

    /// <summary>
    /// (T1, T2) = KDF2(C, ""): the initiator sends with T1 and receives with T2, the responder the other way round. Then C, the last secret of the
    /// handshake, is erased: <see cref="State"/> is <see cref="HandshakeState.None"/>.
    /// </summary>
    /// <param name="send">The slot of the key that we seal with. Ownership stays with the caller.</param>
    /// <param name="receive">The slot of the key that we open with. Ownership stays with the caller.</param>
    /// <exception cref="InvalidOperationException">No response was created or consumed just before.</exception>
    public void DeriveSessionKeys(SecretKey send, SecretKey receive)
    {
        if (State is not (HandshakeState.ResponseCreated or HandshakeState.ResponseConsumed))
            throw new InvalidOperationException("Session keys follow a response that was created or consumed.");
        var (first, second) = State == HandshakeState.ResponseConsumed ? (send, receive) : (receive, send);
        Kdf.Derive2(first, second, _slots!.ChainingKey!, []);
        Release(KeyEndReason.HandshakeCompleted);
        StackScrubber.ScrubHandshake();
    }

    /// <summary>Erases the handshake under way, whatever its state. <see cref="History"/> stays.</summary>
    public void Clear(KeyEndReason reason = KeyEndReason.HandshakeAbandoned)
    {
        Release(reason);
        LocalIndex = 0;
        RemoteIndex = 0;
    }

    /// <summary>Erases everything.</summary>
    public void Dispose() => Clear(KeyEndReason.Shutdown);

    /// <summary>Puts a new handshake into the slot; what it held before is erased.</summary>
    private void Commit(HandshakeSlots slots, HandshakeState state, uint localIndex, uint remoteIndex)
    {
        Release(KeyEndReason.Replaced);
        _slots = slots;
        if (_witness is not null) slots.Created = _witness.Made(KeyKind.HandshakeSecrets);
        State = state;
        LocalIndex = localIndex;
        RemoteIndex = remoteIndex;
    }

    private void Release(KeyEndReason reason)
    {
        State = HandshakeState.None;
        if (_slots is not { } slots) return;
        _slots = null;
        slots.Dispose();
        _witness?.Erased(KeyKind.HandshakeSecrets, reason, slots.Created, Deadline);
        Deadline = MonotonicTime.Infinite;
    }
}
