using System.Runtime.CompilerServices;
using PfsVpn.Crypto;

namespace PfsVpn.Noise;

internal sealed partial class Handshake
{
    /// <summary>
    /// Answers the initiation that was accepted. Fills everything but mac1 and mac2, which are zero. The ephemeral private key is erased before this
    /// returns: nothing needs it any more.
    /// </summary>
    /// <param name="message">92 bytes.</param>
    /// <param name="localIndex">A new, unique index, which the keypair inherits.</param>
    /// <param name="random">Where the ephemeral key comes from.</param>
    /// <returns>False, with the handshake cleared and the message all zero, for a key of small order.</returns>
    /// <exception cref="InvalidOperationException">No initiation was accepted just before.</exception>
    public bool TryCreateResponse(Span<byte> message, uint localIndex, IRandomSource random)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(message.Length, MessageSizes.Response);
        if (State != HandshakeState.InitiationConsumed) throw new InvalidOperationException("A response follows an initiation that was accepted.");
        try
        {
            message.Clear();
            if (!WriteResponse(message, localIndex, random))
            {
                message.Clear();
                Clear();
                return false;
            }
            _slots!.KeepChainingKeyOnly(_scratch.Symmetric.ChainingKey);
            State = HandshakeState.ResponseCreated;
            LocalIndex = localIndex;
            return true;
        }
        finally
        {
            _scratch.Erase();
        }
    }

    /// <summary>Takes an initiation that was verified and whose timestamp is new. An outstanding one of our own is destroyed by it.</summary>
    internal void AcceptInitiation(SymmetricState symmetric, in PublicKey remoteEphemeral, uint remoteIndex) =>
        Commit(HandshakeSlots.ForResponder(_arena, symmetric, remoteEphemeral), HandshakeState.InitiationConsumed, localIndex: 0, remoteIndex);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool WriteResponse(Span<byte> message, uint localIndex, IRandomSource random)
    {
        var symmetric = _scratch.Symmetric;
        symmetric.Resume(_slots!.ChainingKey!, _slots.Hash!);
        MessageCodec.WriteHeader(message, MessageType.Response, localIndex);
        MessageCodec.WriteResponseReceiver(message, RemoteIndex);

        // e: ephemeral = Epub_r, C = KDF1(C, Epub_r), H = HASH(H || Epub_r)
        X25519.GeneratePrivateKey(_scratch.Ephemeral, random);
        X25519.ComputePublicKey(_scratch.Ephemeral).CopyTo(message[MessageLayout.ResponseEphemeral]);
        symmetric.MixEphemeral(message[MessageLayout.ResponseEphemeral]);

        // ee: C = KDF1(C, DH(Epriv_r, Epub_i))
        if (!symmetric.TryMixSharedSecret(_scratch.Ephemeral, _slots.RemoteEphemeral)) return false;

        // se: C = KDF1(C, DH(Epriv_r, Spub_i))
        if (!symmetric.TryMixSharedSecret(_scratch.Ephemeral, Remote.PublicKey)) return false;

        // psk: (C, t, k) = KDF3(C, psk), H = HASH(H || t)
        symmetric.MixPresharedKey(Remote.PresharedKey);

        // empty = AEAD(k, 0, "", H), H = HASH(H || empty)
        symmetric.SealAndHash(message[MessageLayout.ResponseEmpty], []);
        return true;
    }
}
