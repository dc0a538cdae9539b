using PfsVpn.Crypto;

namespace PfsVpn.Noise;

/// <summary>The slots that handshake operations work in, shared by all peers of one control loop, so that an idle peer holds none.</summary>
/// <remarks>
/// Each operation leaves every slot zero, on success and on failure. Sizes: 5 arena slots. Threading: the control loop's.
/// Ownership: whoever makes it disposes it, after the handshakes that use it.
/// </remarks>
internal sealed class HandshakeScratch : IDisposable
{
    /// <summary>Allocates the slots.</summary>
    /// <exception cref="SecretMemoryException">No more memory can be locked.</exception>
    public HandshakeScratch(SecretArena arena)
    {
        Symmetric = new SymmetricState(arena);
        Ephemeral = arena.Allocate();
    }

    /// <summary>C, H, k and a temporary.</summary>
    internal SymmetricState Symmetric { get; }

    /// <summary>A new ephemeral private key, before it is committed or no longer needed.</summary>
    internal SecretKey Ephemeral { get; }

    /// <summary>Gives the slots back.</summary>
    public void Dispose()
    {
        Symmetric.Dispose();
        Ephemeral.Dispose();
    }

    /// <summary>Zeroes every slot, and the stack below the caller.</summary>
    internal void Erase()
    {
        Symmetric.Erase();
        Ephemeral.Erase();
        StackScrubber.ScrubHandshake();
    }
}
