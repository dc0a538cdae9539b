using PfsVpn.Timers;

namespace PfsVpn.Transport;

/// <summary>What the session keys that exist would give away of recorded traffic.</summary>
/// <param name="Keypairs">How many there are.</param>
/// <param name="Bytes">Bytes of the messages sealed and opened on them.</param>
/// <param name="Oldest">When the oldest was derived; "now" where there is none.</param>
internal readonly record struct KeyExposure(int Keypairs, ulong Bytes, MonotonicTime Oldest)
{
    /// <summary>Of both together.</summary>
    public static KeyExposure operator +(KeyExposure left, KeyExposure right) =>
        new(left.Keypairs + right.Keypairs, left.Bytes + right.Bytes, left.Oldest < right.Oldest ? left.Oldest : right.Oldest);
}
