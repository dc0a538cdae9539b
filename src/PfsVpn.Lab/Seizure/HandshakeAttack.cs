using PfsVpn.Crypto;
using PfsVpn.Noise;

namespace PfsVpn.Lab.Seizure;

/// <summary>
/// Recorded handshakes against the keys that were seized: all that can be computed is computed. What it lacks for the session keys is ee, which takes one of the
/// two ephemeral private keys; every private key at hand is tried for it, and the response's own authenticator says whether one was right.
/// </summary>
/// <remarks>References: WireGuard paper §5.4.2, §5.4.3. Threading: one owner.</remarks>
internal sealed class HandshakeAttack : IDisposable
{
    private readonly SecretArena _arena = SecretArena.Create(SecretArenaKind.LockedMemory);
    private readonly SecretKey[] _permanent;
    private readonly PublicKey[] _public;
    private readonly SecretKey _presharedKey;
    private readonly SymmetricState _state;
    private readonly List<SecretKey> _candidates;

    /// <summary>Takes what was seized.</summary>
    /// <param name="privateKeys">The permanent private keys of side 0 and side 1.</param>
    /// <param name="presharedKey">The pre-shared key.</param>
    /// <param name="others">Private keys from elsewhere that may be ephemeral ones.</param>
    public HandshakeAttack(IReadOnlyList<byte[]> privateKeys, byte[] presharedKey, IEnumerable<byte[]> others)
    {
        _permanent = [Load(privateKeys[0]), Load(privateKeys[1])];
        _public = [X25519.ComputePublicKey(_permanent[0]), X25519.ComputePublicKey(_permanent[1])];
        _presharedKey = Load(presharedKey);
        _candidates = [.. _permanent, .. others.Select(Load)];
        _state = new SymmetricState(_arena);
    }

    /// <summary>Tries one handshake.</summary>
    public RecordedHandshake Try(RecordedSession session)
    {
        if (!TryReadInitiation(session, out var identity, out var timestamp)) return new RecordedHandshake(identity, null, []);
        foreach (var candidate in _candidates)
        {
            foreach (var isInitiators in (ReadOnlySpan<bool>)[true, false])
            {
                if (!TryReadInitiation(session, out _, out _) || !TryResponse(session, candidate, isInitiators, identity!.Value)) continue;
                return new RecordedHandshake(identity, timestamp, DeriveKeys());
            }
        }
        return new RecordedHandshake(identity, timestamp, []);
    }

    /// <summary>Erases the keys.</summary>
    public void Dispose()
    {
        _state.Dispose();
        foreach (var key in _candidates) key.Dispose();
        _presharedKey.Dispose();
        _arena.Dispose();
    }

    /// <summary>The initiation, read as its responder reads it: that takes the responder's permanent key and nothing else.</summary>
    private bool TryReadInitiation(RecordedSession session, out PublicKey? identity, out Tai64n? timestamp)
    {
        (identity, timestamp) = (null, null);
        var message = session.Initiation.Message;
        var responder = _permanent[1 - session.Initiator];
        Span<byte> initialHash = stackalloc byte[Blake2s.HashSizeInBytes];
        Span<byte> text = stackalloc byte[PublicKey.SizeInBytes];
        SymmetricState.ComputeInitialHash(initialHash, _public[1 - session.Initiator]);
        _state.Start(initialHash);

        // e, es, s
        _state.MixEphemeral(message.AsSpan(MessageLayout.InitiationEphemeral));
        if (!_state.TryMixSharedSecretAndKey(responder, new PublicKey(message.AsSpan(MessageLayout.InitiationEphemeral)))) return false;
        if (!_state.TryOpenAndHash(text, message.AsSpan(MessageLayout.InitiationStatic))) return false;
        identity = new PublicKey(text);

        // ss, timestamp
        if (!_state.TryMixSharedSecretAndKey(responder, identity.Value)) return false;
        text = text[..Tai64n.SizeInBytes];
        if (!_state.TryOpenAndHash(text, message.AsSpan(MessageLayout.InitiationTimestamp))) return false;
        timestamp = Tai64n.Read(text);
        return true;
    }

    /// <summary>The response, with a private key that may be the ephemeral one of either side.</summary>
    private bool TryResponse(RecordedSession session, SecretKey candidate, bool isInitiators, PublicKey initiator)
    {
        var message = session.Response.Message;
        var ephemeral = new PublicKey(message.AsSpan(MessageLayout.ResponseEphemeral));
        var other = isInitiators ? ephemeral : new PublicKey(session.Initiation.Message.AsSpan(MessageLayout.InitiationEphemeral));

        // e, ee with the candidate
        _state.MixEphemeral(message.AsSpan(MessageLayout.ResponseEphemeral));
        if (!_state.TryMixSharedSecret(candidate, other)) return false;

        // se: the initiator's permanent key is at hand
        if (_public[session.Initiator] != initiator || !_state.TryMixSharedSecret(_permanent[session.Initiator], ephemeral)) return false;

        // psk, empty: the authenticator says whether all of it was right
        _state.MixPresharedKey(_presharedKey);
        return _state.TryOpenAndHash([], message.AsSpan(MessageLayout.ResponseEmpty));
    }

    private FoundKey[] DeriveKeys()
    {
        using var first = _arena.Allocate();
        using var second = _arena.Allocate();
        Kdf.Derive2(first, second, _state.ChainingKey, []);
        const string Place = "computed from the recorded handshake";
        return [new FoundKey(first.Bytes.ToArray(), Place), new FoundKey(second.Bytes.ToArray(), Place)];
    }

    private SecretKey Load(byte[] bytes)
    {
        var key = _arena.Allocate();
        bytes.CopyTo(key.Bytes);
        return key;
    }
}
