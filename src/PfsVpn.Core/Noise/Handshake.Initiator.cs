using System.Runtime.CompilerServices;
using PfsVpn.Crypto;

namespace PfsVpn.Noise;

internal sealed partial class Handshake
{
    /// <summary>
    /// Creates an initiation with a new ephemeral key and puts it into the slot, in place of whatever was there. Fills everything but mac1 and mac2,
    /// which are zero.
    /// </summary>
    /// <param name="message">148 bytes.</param>
    /// <param name="self">Our identity, the one of the last <see cref="RemoteIdentity.TryPrecompute"/>.</param>
    /// <param name="localIndex">A new, unique index. The index of an initiation before it is the caller's to free.</param>
    /// <param name="timestamp">From <see cref="Tai64nClock.Next"/>; remembered as <see cref="InitiationHistory.LastSent"/>.</param>
    /// <param name="random">Where the ephemeral key comes from.</param>
    /// <returns>False, with nothing changed and the message all zero, where the peer's key is of small order.</returns>
    /// <exception cref="SecretMemoryException">No more memory can be locked; nothing has changed.</exception>
    public bool TryCreateInitiation(Span<byte> message, StaticIdentity self, uint localIndex, Tai64n timestamp, IRandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(message.Length, MessageSizes.Initiation);
        try
        {
            message.Clear();
            if (!WriteInitiation(message, self, localIndex, timestamp, random))
            {
                message.Clear();
                return false;
            }
            Commit(HandshakeSlots.ForInitiator(_arena, _scratch), HandshakeState.InitiationSent, localIndex, remoteIndex: 0);
            History.LastSent = timestamp;
            return true;
        }
        finally
        {
            _scratch.Erase();
        }
    }

    /// <summary>Consumes the response to our outstanding initiation. On anything but <see cref="NoiseResult.Ok"/> that initiation stays outstanding.</summary>
    /// <remarks>
    /// The caller has checked mac1 and found this handshake by the receiver's index. A response whose AEAD then fails is reported as
    /// <see cref="NoiseResult.PresharedKeySuspected"/>: it answers the very initiation that is outstanding, and only the holder of the peer's static key
    /// could read that one and be moved to answer. All that an honest responder mixes in besides is the pre-shared key. It stays a suspicion, since whoever
    /// saw the initiation pass and knows our public key can make up a response with the right index and mac1.
    /// </remarks>
    /// <param name="message">The datagram, of any length.</param>
    /// <param name="self">Our identity, the one that created the initiation.</param>
    /// <returns>Ok, Malformed, UnknownState, WeakKey or PresharedKeySuspected.</returns>
    public NoiseResult ConsumeResponse(ReadOnlySpan<byte> message, StaticIdentity self)
    {
        if (!MessageCodec.IsWellFormed(message, MessageType.Response)) return NoiseResult.Malformed;
        if (State != HandshakeState.InitiationSent || MessageCodec.ReadResponseReceiver(message) != LocalIndex) return NoiseResult.UnknownState;
        try
        {
            var result = VerifyResponse(message, self);
            if (result != NoiseResult.Ok) return result;
            _slots!.KeepChainingKeyOnly(_scratch.Symmetric.ChainingKey);
            State = HandshakeState.ResponseConsumed;
            RemoteIndex = MessageCodec.ReadSender(message);
            return NoiseResult.Ok;
        }
        finally
        {
            _scratch.Erase();
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool WriteInitiation(Span<byte> message, StaticIdentity self, uint localIndex, Tai64n timestamp, IRandomSource random)
    {
        if (Remote.StaticStatic is not { } staticStatic) return false;
        Span<byte> initialHash = stackalloc byte[Blake2s.HashSizeInBytes];
        Span<byte> plaintext = stackalloc byte[PublicKey.SizeInBytes];
        var symmetric = _scratch.Symmetric;
        MessageCodec.WriteHeader(message, MessageType.Initiation, localIndex);

        // C = HASH(CONSTRUCTION), H = HASH(HASH(C || IDENTIFIER) || Spub_r)
        SymmetricState.ComputeInitialHash(initialHash, Remote.PublicKey);
        symmetric.Start(initialHash);

        // e: ephemeral = Epub_i, C = KDF1(C, Epub_i), H = HASH(H || Epub_i)
        X25519.GeneratePrivateKey(_scratch.Ephemeral, random);
        X25519.ComputePublicKey(_scratch.Ephemeral).CopyTo(message[MessageLayout.InitiationEphemeral]);
        symmetric.MixEphemeral(message[MessageLayout.InitiationEphemeral]);

        // es: (C, k) = KDF2(C, DH(Epriv_i, Spub_r))
        if (!symmetric.TryMixSharedSecretAndKey(_scratch.Ephemeral, Remote.PublicKey)) return false;

        // s: static = AEAD(k, 0, Spub_i, H), H = HASH(H || static)
        self.PublicKey.CopyTo(plaintext);
        symmetric.SealAndHash(message[MessageLayout.InitiationStatic], plaintext);

        // ss: (C, k) = KDF2(C, DH(Spriv_i, Spub_r))
        symmetric.MixKey(staticStatic);

        // timestamp = AEAD(k, 0, TAI64N, H), H = HASH(H || timestamp)
        timestamp.Write(plaintext);
        symmetric.SealAndHash(message[MessageLayout.InitiationTimestamp], plaintext[..Tai64n.SizeInBytes]);
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private NoiseResult VerifyResponse(ReadOnlySpan<byte> message, StaticIdentity self)
    {
        var symmetric = _scratch.Symmetric;
        symmetric.Resume(_slots!.ChainingKey!, _slots.Hash!);

        // e: C = KDF1(C, Epub_r), H = HASH(H || Epub_r)
        var ephemeral = new PublicKey(message[MessageLayout.ResponseEphemeral]);
        symmetric.MixEphemeral(message[MessageLayout.ResponseEphemeral]);

        // ee: C = KDF1(C, DH(Epriv_i, Epub_r))
        if (!symmetric.TryMixSharedSecret(_slots.Ephemeral!, ephemeral)) return NoiseResult.WeakKey;

        // se: C = KDF1(C, DH(Spriv_i, Epub_r))
        if (!symmetric.TryMixSharedSecret(self.PrivateKey, ephemeral)) return NoiseResult.WeakKey;

        // psk: (C, t, k) = KDF3(C, psk), H = HASH(H || t)
        symmetric.MixPresharedKey(Remote.PresharedKey);

        // empty = AEAD(k, 0, "", H), H = HASH(H || empty)
        return symmetric.TryOpenAndHash([], message[MessageLayout.ResponseEmpty]) ? NoiseResult.Ok : NoiseResult.PresharedKeySuspected;
    }
}
