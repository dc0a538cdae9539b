using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Tests.Noise;

/// <summary>The slow reference of InitiationLimiter: an unbounded dictionary of token buckets that are counted in nanoseconds, as in the kernel.</summary>
internal sealed class LimiterModel
{
    private const long Cost = 50_000_000, Depth = 5 * Cost;
    private readonly Dictionary<string, (long Tokens, long Last)> _buckets = new(StringComparer.Ordinal);

    public bool Allow(IpAddress source, MonotonicTime now)
    {
        var key = source.IsV4 ? source.ToString() : source.Mask(64).ToString();
        if (!_buckets.TryGetValue(key, out var bucket)) bucket = (Depth, now.Nanoseconds);
        var tokens = Math.Min(Depth, bucket.Tokens + now.Nanoseconds - bucket.Last);
        var allowed = tokens >= Cost;
        _buckets[key] = (allowed ? tokens - Cost : tokens, now.Nanoseconds);
        return allowed;
    }
}
