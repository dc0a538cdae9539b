using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using PfsVpn.Crypto;
using PfsVpn.Packets;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Noise;

/// <summary>Checks mac1 and mac2 of the handshake messages sent to us, and makes cookie replies while we are under load.</summary>
/// <remarks>
/// References: WireGuard paper §5.3, §5.4.4, §5.4.7. Sizes: one arena slot, for Rm, the secret behind the cookies.
/// Threading: safe from any thread. mac1 takes no lock; mac2 and replies, which are needed under load only, share one around Rm.
/// </remarks>
internal sealed class CookieChecker : IDisposable
{
    private const int LongestSource = 16 + sizeof(ushort);

    private readonly Lock _gate = new();
    private readonly byte[] _mac1Key = new byte[Blake2s.HashSizeInBytes];
    private readonly byte[] _replyKey = new byte[Blake2s.HashSizeInBytes];
    private readonly SecretKey _secret;
    private readonly IKeyWitness? _witness;
    private MonotonicTime? _expires;

    /// <summary>Derives the keys of mac1 and of the replies from our public key, and allocates the slot; <paramref name="witness"/> is told of each secret.</summary>
    /// <exception cref="SecretMemoryException">No more memory can be locked.</exception>
    public CookieChecker(SecretArena arena, in PublicKey ourPublicKey, IKeyWitness? witness = null)
    {
        _witness = witness;
        // HASH(LABEL_MAC1 || Spub) and HASH(LABEL_COOKIE || Spub): of public values only.
        CookieKeys.Derive(_mac1Key, ProtocolConstants.LabelMac1, ourPublicKey);
        CookieKeys.Derive(_replyKey, ProtocolConstants.LabelCookie, ourPublicKey);
        _secret = arena.Allocate();
    }

    /// <summary>When the secret behind the cookies expires, or null while there is none.</summary>
    public MonotonicTime? NextDeadline
    {
        get { lock (_gate) return _expires; }
    }

    /// <summary>Whether mac1 = MAC(HASH(LABEL_MAC1 || our public key), all before it). False for what is neither as long as an initiation nor a response.</summary>
    public bool CheckMac1(ReadOnlySpan<byte> message)
    {
        if (!HasMacs(message)) return false;
        Span<byte> expected = stackalloc byte[Blake2s.MacSizeInBytes];
        Blake2s.Mac(expected, _mac1Key, message[MessageLayout.BeforeMac1]);
        return CryptographicOperations.FixedTimeEquals(expected, message[MessageLayout.Mac1]);
    }

    /// <summary>Whether mac2 = MAC(cookie, all before it) with the cookie that this source address and port would get now.</summary>
    public bool CheckMac2(ReadOnlySpan<byte> message, in EndpointAddress source, MonotonicTime now)
    {
        if (!HasMacs(message)) return false;
        var right = VerifyMac2(message, source, now);
        StackScrubber.ScrubBatch();
        return right;
    }

    /// <summary>Writes a cookie reply to an initiation or response whose mac1 is right; false where the checker has been disposed, because our key changed.</summary>
    /// <param name="message">The message that is answered: 148 or 92 bytes.</param>
    /// <param name="reply">64 bytes.</param>
    /// <param name="source">Where the message came from, and the reply goes.</param>
    /// <param name="now">The boot clock.</param>
    /// <param name="random">Where the nonce and a new secret come from.</param>
    public bool TryCreateReply(ReadOnlySpan<byte> message, Span<byte> reply, in EndpointAddress source, MonotonicTime now, IRandomSource random)
    {
        if (!HasMacs(message)) throw new ArgumentException("Only an initiation or a response is answered with a cookie.", nameof(message));
        ArgumentOutOfRangeException.ThrowIfNotEqual(reply.Length, MessageSizes.CookieReply);
        var written = WriteReply(message, reply, source, now, random);
        StackScrubber.ScrubBatch();
        return written;
    }

    /// <summary>Erases the secret where its 120 s are over.</summary>
    public void EraseExpired(MonotonicTime now)
    {
        lock (_gate) EraseExpiredLocked(now);
    }

    /// <summary>Erases the secret, whatever its age; the next cookie reply makes a new one.</summary>
    public void Forget(KeyEndReason reason)
    {
        lock (_gate)
        {
            if (_expires is not { } expires) return;
            _secret.Erase();
            _expires = null;
            NoteErased(reason, expires);
        }
    }

    /// <summary>Erases the secret and gives its slot back. Pumps that still use the checker get no reply and no valid mac2 from it.</summary>
    public void End(KeyEndReason reason)
    {
        lock (_gate)
        {
            var expires = _expires;
            _expires = null;
            _secret.Dispose();
            if (expires is { } at) NoteErased(reason, at);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => End(KeyEndReason.Shutdown);

    private static bool HasMacs(ReadOnlySpan<byte> message) => message.Length is MessageSizes.Initiation or MessageSizes.Response;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool VerifyMac2(ReadOnlySpan<byte> message, in EndpointAddress source, MonotonicTime now)
    {
        Span<byte> cookie = stackalloc byte[Blake2s.MacSizeInBytes];
        Span<byte> expected = stackalloc byte[Blake2s.MacSizeInBytes];
        lock (_gate)
        {
            EraseExpiredLocked(now);
            if (_expires is null) return false;
            ComputeCookieLocked(cookie, source);
        }
        Blake2s.Mac(expected, cookie, message[MessageLayout.BeforeMac2]);
        CryptographicOperations.ZeroMemory(cookie);
        return CryptographicOperations.FixedTimeEquals(expected, message[MessageLayout.Mac2]);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool WriteReply(ReadOnlySpan<byte> message, Span<byte> reply, in EndpointAddress source, MonotonicTime now, IRandomSource random)
    {
        Span<byte> cookie = stackalloc byte[Blake2s.MacSizeInBytes];
        lock (_gate)
        {
            if (_secret.IsDisposed) return false;
            EraseExpiredLocked(now);
            if (_expires is null)
            {
                _secret.Randomize(random);
                _expires = now + ProtocolConstants.CookieRefreshTime;
                _witness?.Made(KeyKind.CookieSecret);
            }
            ComputeCookieLocked(cookie, source);
        }
        MessageCodec.WriteHeader(reply, MessageType.CookieReply, MessageCodec.ReadSender(message));
        var nonce = reply[MessageLayout.CookieReplyNonce];
        random.Fill(nonce);

        // reply = XAEAD(HASH(LABEL_COOKIE || Spub), nonce, cookie, mac1 of the message)
        HandshakeAead.SealX(reply[MessageLayout.CookieReplyCookie], _replyKey, nonce, cookie, message[MessageLayout.Mac1]);
        CryptographicOperations.ZeroMemory(cookie);
        return true;
    }

    /// <summary>cookie = MAC(Rm, source address || source port), the port in network order as in the kernel.</summary>
    private void ComputeCookieLocked(Span<byte> cookie, in EndpointAddress source)
    {
        Span<byte> input = stackalloc byte[LongestSource];
        var length = source.Address.Write(input);
        BinaryPrimitives.WriteUInt16BigEndian(input[length..], source.Port);
        Blake2s.Mac(cookie, _secret.Bytes, input[..(length + sizeof(ushort))]);
    }

    private void EraseExpiredLocked(MonotonicTime now)
    {
        if (_expires is not { } expires || now < expires) return;
        _secret.Erase();
        _expires = null;
        NoteErased(KeyEndReason.TooOld, expires);
    }

    private void NoteErased(KeyEndReason reason, MonotonicTime expires) =>
        _witness?.Erased(KeyKind.CookieSecret, reason, expires - ProtocolConstants.CookieRefreshTime, expires);
}
