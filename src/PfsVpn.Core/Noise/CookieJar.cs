using System.Runtime.CompilerServices;
using PfsVpn.Crypto;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Noise;

/// <summary>Completes our handshake messages to one peer with mac1 and mac2, and keeps the cookie that the peer demanded under load.</summary>
/// <remarks>
/// References: WireGuard paper §5.3, §5.4.4, §5.4.7. Sizes: one arena slot while a cookie is held, none else. Threading: the control loop's.
/// The keys of mac1 and of replies are derived anew each time (one hash), to keep 100,000 idle peers small.
/// </remarks>
internal sealed class CookieJar : IDisposable
{
    private readonly SecretArena _arena;
    private readonly PublicKey _remote;
    private readonly IKeyWitness? _witness;
    private SecretKey? _cookie;
    private MonotonicTime _expires;
    private UInt128 _lastMac1;
    private bool _awaitsReply;

    /// <summary>Makes the empty jar of a peer; <paramref name="witness"/> is told of each cookie.</summary>
    public CookieJar(SecretArena arena, in PublicKey remotePublicKey, IKeyWitness? witness = null)
    {
        _witness = witness;
        _arena = arena;
        _remote = remotePublicKey;
    }

    /// <summary>When the cookie is to be wiped, or null while there is none.</summary>
    public MonotonicTime? NextDeadline => _cookie is null ? null : _expires;

    /// <summary>
    /// Writes mac1, and mac2 where there is a cookie younger than 115 s (else 16 zero bytes), and remembers mac1: a cookie reply must refer to it.
    /// </summary>
    /// <param name="message">An initiation or a response, complete up to its MACs: 148 or 92 bytes.</param>
    /// <param name="now">The boot clock.</param>
    public void AddMacs(Span<byte> message, MonotonicTime now)
    {
        if (message.Length is not (MessageSizes.Initiation or MessageSizes.Response))
            throw new ArgumentException("Only initiations and responses have MACs.", nameof(message));
        EraseExpired(now);
        WriteMacs(message);
        StackScrubber.ScrubBatch();
    }

    /// <summary>
    /// Opens a cookie reply and keeps its cookie. Only a reply to the last mac1 sent opens, and only once. False, with nothing changed, for any other datagram.
    /// </summary>
    /// <param name="reply">The datagram, of any length.</param>
    /// <param name="now">The boot clock.</param>
    /// <exception cref="SecretMemoryException">No more memory can be locked; nothing has changed.</exception>
    public bool ConsumeReply(ReadOnlySpan<byte> reply, MonotonicTime now)
    {
        if (!_awaitsReply || !MessageCodec.IsWellFormed(reply, MessageType.CookieReply)) return false;
        var opened = OpenReply(reply, now);
        StackScrubber.ScrubBatch();
        return opened;
    }

    /// <summary>Wipes the cookie where it is 115 s old.</summary>
    public void EraseExpired(MonotonicTime now)
    {
        if (_cookie is not null && now >= _expires) EraseCookie(KeyEndReason.TooOld);
    }

    /// <summary>Wipes the cookie and forgets the last mac1.</summary>
    public void Clear(KeyEndReason reason = KeyEndReason.PeerRemoved)
    {
        EraseCookie(reason);
        _awaitsReply = false;
        _lastMac1 = default;
    }

    /// <summary>Wipes everything.</summary>
    public void Dispose() => Clear(KeyEndReason.Shutdown);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WriteMacs(Span<byte> message)
    {
        // mac1 = MAC(HASH(LABEL_MAC1 || Spub of the receiver), all before mac1)
        Span<byte> key = stackalloc byte[Blake2s.HashSizeInBytes];
        CookieKeys.Derive(key, ProtocolConstants.LabelMac1, _remote);
        var mac1 = message[MessageLayout.Mac1];
        Blake2s.Mac(mac1, key, message[MessageLayout.BeforeMac1]);
        _lastMac1 = Unsafe.ReadUnaligned<UInt128>(ref mac1[0]);
        _awaitsReply = true;

        // mac2 = MAC(cookie, all before mac2)
        var mac2 = message[MessageLayout.Mac2];
        if (_cookie is null) mac2.Clear();
        else Blake2s.Mac(mac2, _cookie.Bytes[..Blake2s.MacSizeInBytes], message[MessageLayout.BeforeMac2]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool OpenReply(ReadOnlySpan<byte> reply, MonotonicTime now)
    {
        Span<byte> key = stackalloc byte[Blake2s.HashSizeInBytes];
        Span<byte> mac1 = stackalloc byte[Blake2s.MacSizeInBytes];
        Span<byte> cookie = stackalloc byte[Blake2s.MacSizeInBytes];
        CookieKeys.Derive(key, ProtocolConstants.LabelCookie, _remote);
        Unsafe.WriteUnaligned(ref mac1[0], _lastMac1);

        // cookie = open(HASH(LABEL_COOKIE || Spub), nonce, reply, mac1)
        if (!HandshakeAead.TryOpenX(cookie, key, reply[MessageLayout.CookieReplyNonce], reply[MessageLayout.CookieReplyCookie], mac1)) return false;
        var slot = _arena.Allocate();
        EraseCookie(KeyEndReason.Replaced);
        _cookie = slot;
        cookie.CopyTo(slot.Bytes);
        _witness?.Made(KeyKind.ReceivedCookie);
        _expires = now + ProtocolConstants.CookieUseTime;
        _awaitsReply = false;
        return true;
    }

    private void EraseCookie(KeyEndReason reason)
    {
        if (_cookie is not { } cookie) return;
        _cookie = null;
        cookie.Dispose();
        _witness?.Erased(KeyKind.ReceivedCookie, reason, _expires - ProtocolConstants.CookieUseTime, _expires);
    }
}
