using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>Counts keypairs made and erased, and why. Never the keys.</summary>
/// <remarks>Threading: any thread: a lease that ends last erases on its own thread.</remarks>
public sealed class KeyLedger
{
    /// <summary>Room for every reason; to count them by reflection would cost a millisecond at the start.</summary>
    private readonly long[] _erased = new long[32];
    private long _made;

    /// <summary>Keypairs derived since the start.</summary>
    public long Made => Volatile.Read(ref _made);

    /// <summary>Keypairs erased since the start.</summary>
    public long Erased => _erased.Sum();

    /// <summary>Keypairs that exist now.</summary>
    public long Alive => Made - Erased;

    /// <summary>Keypairs erased for <paramref name="reason"/>.</summary>
    public long ErasedFor(KeyEndReason reason) => Volatile.Read(ref _erased[(int)reason]);

    /// <summary>A keypair was derived.</summary>
    public void NoteMade() => Interlocked.Increment(ref _made);

    /// <summary>A keypair was erased.</summary>
    public void NoteErased(KeyEndReason reason) => Interlocked.Increment(ref _erased[(int)reason]);
}
