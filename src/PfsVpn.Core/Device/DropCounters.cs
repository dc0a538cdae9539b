namespace PfsVpn.Device;

/// <summary>Counts drops by reason.</summary>
/// <remarks>Threading: any thread; one interlocked add for each drop.</remarks>
internal sealed class DropCounters
{
    /// <summary>Room for every reason; to count them by reflection would cost a millisecond at the start.</summary>
    private readonly long[] _counts = new long[64];

    /// <summary>Drops counted so far for <paramref name="reason"/>.</summary>
    public long this[DropReason reason] => Volatile.Read(ref _counts[(int)reason]);

    /// <summary>All drops.</summary>
    public long Total => _counts.Sum();

    /// <summary>Counts <paramref name="count"/> drops.</summary>
    public void Add(DropReason reason, long count = 1) => Interlocked.Add(ref _counts[(int)reason], count);
}
