using System.Runtime.CompilerServices;
using PfsVpn.Crypto;
using PfsVpn.Timers;

namespace PfsVpn.Noise;

/// <summary>
/// Consumes initiations in two stages, since the peer is known only in the middle: <see cref="ReadStatic"/> says who sent it, the caller finds the peer,
/// <see cref="Finish"/> verifies the rest and commits to that peer's handshake.
/// </summary>
/// <remarks>
/// References: WireGuard paper §5.4.2. Sizes: 5 arena slots, held once and used for every message; nothing is allocated for one that is dropped.
/// Threading: the control loop's. Ownership: a <see cref="ReadStatic"/> that returned Ok is followed by <see cref="Finish"/>, or by <see cref="Clear"/>
/// where the peer is unknown, so that no secret stays behind.
/// </remarks>
internal sealed class InitiationConsumer : IDisposable
{
    private readonly HandshakeScratch _scratch;
    private readonly byte[] _timestamp = new byte[MessageLayout.InitiationTimestamp.End.Value - MessageLayout.InitiationTimestamp.Start.Value];
    private PublicKey _ephemeral;
    private PublicKey _remoteStatic;
    private uint _sender;
    private bool _staticRead;

    /// <summary>Allocates the slots.</summary>
    /// <exception cref="SecretMemoryException">No more memory can be locked.</exception>
    public InitiationConsumer(SecretArena arena) => _scratch = new HandshakeScratch(arena);

    /// <summary>Stage 1: decrypts the initiator's static public key. The caller has checked mac1.</summary>
    /// <param name="message">The datagram, of any length; not needed afterwards.</param>
    /// <param name="self">Our identity.</param>
    /// <param name="remoteStatic">The static key of the initiator: authenticated as the one that this message names, but the message may be replayed, and
    /// anyone who knows the two public keys can have made it.</param>
    /// <returns>Ok, Malformed, WeakKey or Authentication.</returns>
    public NoiseResult ReadStatic(ReadOnlySpan<byte> message, StaticIdentity self, out PublicKey remoteStatic)
    {
        _staticRead = false;
        remoteStatic = default;
        if (!MessageCodec.IsWellFormed(message, MessageType.Initiation)) return NoiseResult.Malformed;
        var result = OpenStatic(message, self);
        if (result != NoiseResult.Ok)
        {
            Clear();
            return result;
        }
        StackScrubber.ScrubHandshake();
        message[MessageLayout.InitiationTimestamp].CopyTo(_timestamp);
        _sender = MessageCodec.ReadSender(message);
        _staticRead = true;
        remoteStatic = _remoteStatic;
        return NoiseResult.Ok;
    }

    /// <summary>
    /// Stage 2: verifies the timestamp with this peer's static-static key, refuses replays and floods, and only then commits: the peer's handshake is
    /// <see cref="HandshakeState.InitiationConsumed"/>, and an outstanding one of our own is destroyed (its index is the caller's to free: read it before).
    /// </summary>
    /// <param name="handshake">The handshake of the peer whose key stage 1 read.</param>
    /// <param name="now">The boot clock.</param>
    /// <returns>Ok, Authentication, WeakKey (the peer has no static-static key), Replay or Flood.</returns>
    /// <exception cref="InvalidOperationException">Stage 1 was not successful just before.</exception>
    /// <exception cref="ArgumentException">The handshake is another peer's.</exception>
    /// <exception cref="SecretMemoryException">No more memory can be locked; nothing has changed.</exception>
    public NoiseResult Finish(Handshake handshake, MonotonicTime now)
    {
        if (!_staticRead) throw new InvalidOperationException("The static key is read first.");
        try
        {
            if (handshake.Remote.PublicKey != _remoteStatic) throw new ArgumentException("This is the handshake of another peer.", nameof(handshake));
            var result = OpenTimestamp(handshake, out var timestamp);
            if (result == NoiseResult.Ok) result = handshake.History.Check(timestamp, now);
            if (result != NoiseResult.Ok) return result;
            handshake.AcceptInitiation(_scratch.Symmetric, _ephemeral, _sender);
            handshake.History.Accept(timestamp, now);
            return NoiseResult.Ok;
        }
        finally
        {
            Clear();
        }
    }

    /// <summary>Forgets a message between the stages: its peer is unknown.</summary>
    public void Clear()
    {
        _staticRead = false;
        _ephemeral = default;
        _remoteStatic = default;
        _scratch.Erase();
    }

    /// <summary>Gives the slots back.</summary>
    public void Dispose()
    {
        _staticRead = false;
        _scratch.Dispose();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private NoiseResult OpenStatic(ReadOnlySpan<byte> message, StaticIdentity self)
    {
        Span<byte> plaintext = stackalloc byte[PublicKey.SizeInBytes];
        var symmetric = _scratch.Symmetric;

        // C = HASH(CONSTRUCTION), H = HASH(HASH(C || IDENTIFIER) || Spub_r)
        symmetric.Start(self.InitialHash);

        // e: C = KDF1(C, Epub_i), H = HASH(H || Epub_i)
        _ephemeral = new PublicKey(message[MessageLayout.InitiationEphemeral]);
        symmetric.MixEphemeral(message[MessageLayout.InitiationEphemeral]);

        // es: (C, k) = KDF2(C, DH(Spriv_r, Epub_i))
        if (!symmetric.TryMixSharedSecretAndKey(self.PrivateKey, _ephemeral)) return NoiseResult.WeakKey;

        // s: Spub_i = open(k, 0, static, H), H = HASH(H || static)
        if (!symmetric.TryOpenAndHash(plaintext, message[MessageLayout.InitiationStatic])) return NoiseResult.Authentication;
        _remoteStatic = new PublicKey(plaintext);
        return NoiseResult.Ok;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private NoiseResult OpenTimestamp(Handshake handshake, out Tai64n timestamp)
    {
        Span<byte> plaintext = stackalloc byte[Tai64n.SizeInBytes];
        timestamp = default;

        // ss: (C, k) = KDF2(C, DH(Spriv_r, Spub_i))
        if (handshake.Remote.StaticStatic is not { } staticStatic) return NoiseResult.WeakKey;
        _scratch.Symmetric.MixKey(staticStatic);

        // TAI64N = open(k, 0, timestamp, H), H = HASH(H || timestamp)
        if (!_scratch.Symmetric.TryOpenAndHash(plaintext, _timestamp)) return NoiseResult.Authentication;
        timestamp = Tai64n.Read(plaintext);
        return NoiseResult.Ok;
    }
}
