using PfsVpn.Transport;

namespace PfsVpn.Device;

/// <summary>How many ephemeral keys of one peer were made and erased: keypairs, secrets of handshakes, cookies.</summary>
/// <remarks>Sizes: under 400 bytes, and none before the peer's first key. Threading: written under the ledger's lock, read from any thread.</remarks>
internal sealed class PeerKeyTotals
{
    private readonly int[] _made = new int[KeyLedger.Kinds];
    private readonly int[] _erased = new int[KeyLedger.Kinds];
    private readonly int[] _erasedFor = new int[KeyLedger.MostReasons];
    private long _worstOutliving;

    /// <summary>The longest that any of them existed beyond its deadline.</summary>
    public TimeSpan WorstOutliving => new(Volatile.Read(ref _worstOutliving));

    /// <summary>How many of <paramref name="kind"/> were made.</summary>
    public int Made(KeyKind kind) => Volatile.Read(ref _made[(int)kind]);

    /// <summary>How many of <paramref name="kind"/> were erased.</summary>
    public int Erased(KeyKind kind) => Volatile.Read(ref _erased[(int)kind]);

    /// <summary>How many, of whatever kind, were erased for <paramref name="reason"/>.</summary>
    public int ErasedFor(KeyEndReason reason) => Volatile.Read(ref _erasedFor[(int)reason]);

    internal void NoteMade(KeyKind kind) => _made[(int)kind]++;

    internal void NoteErased(in KeyEnd end)
    {
        _erased[(int)end.Kind]++;
        _erasedFor[(int)end.Reason]++;
        if (end.Outlived.Ticks > _worstOutliving) Volatile.Write(ref _worstOutliving, end.Outlived.Ticks);
    }
}
