using PfsVpn.Crypto;
using PfsVpn.Timers;

namespace PfsVpn.Noise;

/// <summary>What a handshake under way holds between its messages; an idle peer has none. The members are null before they exist and after they end.</summary>
/// <remarks>Sizes: up to 3 arena slots. Threading: the control loop's.</remarks>
internal sealed class HandshakeSlots : IDisposable
{
    /// <summary>When the attempt began; unset where nobody keeps an account.</summary>
    public MonotonicTime Created { get; set; }

    /// <summary>C.</summary>
    public SecretKey? ChainingKey { get; private set; }

    /// <summary>H.</summary>
    public SecretKey? Hash { get; private set; }

    /// <summary>Initiator: our ephemeral private key.</summary>
    public SecretKey? Ephemeral { get; private set; }

    /// <summary>Responder: the initiator's ephemeral public key.</summary>
    public PublicKey RemoteEphemeral { get; private set; }

    /// <summary>The slots of an initiator that awaits a response.</summary>
    public static HandshakeSlots ForInitiator(SecretArena arena, HandshakeScratch scratch)
    {
        var slots = new HandshakeSlots();
        try
        {
            slots.Ephemeral = arena.Allocate();
            slots.Hold(arena, scratch.Symmetric);
            slots.Ephemeral.CopyFrom(scratch.Ephemeral);
            return slots;
        }
        catch (SecretMemoryException)
        {
            slots.Dispose();
            throw;
        }
    }

    /// <summary>The slots of a responder that has accepted an initiation.</summary>
    public static HandshakeSlots ForResponder(SecretArena arena, SymmetricState symmetric, in PublicKey remoteEphemeral)
    {
        var slots = new HandshakeSlots { RemoteEphemeral = remoteEphemeral };
        try
        {
            slots.Hold(arena, symmetric);
            return slots;
        }
        catch (SecretMemoryException)
        {
            slots.Dispose();
            throw;
        }
    }

    /// <summary>Takes the last C and erases everything else: only the session keys are still to be derived.</summary>
    public void KeepChainingKeyOnly(SecretKey chainingKey)
    {
        ChainingKey!.CopyFrom(chainingKey);
        Hash?.Dispose();
        Hash = null;
        Ephemeral?.Dispose();
        Ephemeral = null;
        RemoteEphemeral = default;
    }

    /// <summary>Erases everything and gives the slots back.</summary>
    public void Dispose()
    {
        ChainingKey?.Dispose();
        ChainingKey = null;
        Hash?.Dispose();
        Hash = null;
        Ephemeral?.Dispose();
        Ephemeral = null;
        RemoteEphemeral = default;
    }

    private void Hold(SecretArena arena, SymmetricState symmetric)
    {
        ChainingKey = arena.Allocate();
        Hash = arena.Allocate();
        ChainingKey.CopyFrom(symmetric.ChainingKey);
        Hash.CopyFrom(symmetric.Hash);
    }
}
