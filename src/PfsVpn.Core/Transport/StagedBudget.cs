namespace PfsVpn.Transport;

/// <summary>Bytes that all staged packets of a device may take together, so that many peers without keys cannot fill the memory.</summary>
/// <remarks>Threading: safe from any thread.</remarks>
internal sealed class StagedBudget(long limitInBytes = StagedBudget.DefaultLimitInBytes)
{
    /// <summary>64 MiB: 128 packets of 1420 bytes for 370 peers at once.</summary>
    public const long DefaultLimitInBytes = 64L << 20;

    private long _used;

    /// <summary>Bytes in use.</summary>
    public long Used => Volatile.Read(ref _used);

    /// <summary>Takes <paramref name="bytes"/>; false where the limit would be passed.</summary>
    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limitInBytes) return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    /// <summary>Gives <paramref name="bytes"/> back.</summary>
    public void Return(int bytes) => Interlocked.Add(ref _used, -bytes);
}
