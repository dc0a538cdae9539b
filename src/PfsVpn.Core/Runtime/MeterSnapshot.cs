using System.Diagnostics.Metrics;
using PfsVpn.Device;
using PfsVpn.Timers;
using PfsVpn.Transport;

namespace PfsVpn.Runtime;

/// <summary>What the meter tells of one moment.</summary>
/// <param name="Peers">A row for each peer.</param>
/// <param name="Exposure">Age of the oldest session key of all.</param>
/// <param name="ExposureBytes">Bytes on all session keys.</param>
internal sealed record MeterSnapshot(IReadOnlyList<MeterPeer> Peers, TimeSpan Exposure, ulong ExposureBytes)
{
    /// <summary>Before the first one was taken.</summary>
    public static MeterSnapshot Empty { get; } = new([], TimeSpan.Zero, 0);

    /// <summary>Takes one, on the control thread.</summary>
    public static MeterSnapshot Of(WireGuardDevice device, MonotonicTime now)
    {
        var rows = new List<MeterPeer>(device.Peers.Count);
        var exposure = new KeyExposure(0, 0, now);
        foreach (var peer in device.Peers.All)
        {
            var own = peer.Keypairs.ExposureAt(now);
            exposure += own;
            rows.Add(MeterPeer.Of(peer, now - own.Oldest, now));
        }
        return new MeterSnapshot(rows, now - exposure.Oldest, exposure.Bytes);
    }
}

/// <summary>One peer of a <see cref="MeterSnapshot"/>.</summary>
internal sealed class MeterPeer
{
    private readonly KeyValuePair<string, object?>[] _tags;

    private MeterPeer(KeyValuePair<string, object?>[] tags) => _tags = tags;

    public ulong ReceivedBytes { get; private init; }

    public ulong SentBytes { get; private init; }

    public ulong ReceivedPackets { get; private init; }

    public ulong SentPackets { get; private init; }

    public long Initiated { get; private init; }

    public long Answered { get; private init; }

    public long Completed { get; private init; }

    /// <summary>Time since the latest completed handshake; null for never.</summary>
    public TimeSpan? HandshakeAge { get; private init; }

    public TimeSpan Exposure { get; private init; }

    public IReadOnlyList<(HandshakeFailure Reason, long Count)> Failures { get; private init; } = [];

    public static MeterPeer Of(Peer peer, TimeSpan exposure, MonotonicTime now)
    {
        var record = peer.HandshakeRecord;
        KeyValuePair<string, object?> key = new("peer", peer.PublicKey.ToString());
        return new MeterPeer(peer.Name.Length == 0 ? [key] : [key, new("name", peer.Name)])
        {
            ReceivedBytes = peer.Statistics.Received,
            SentBytes = peer.Statistics.Sent,
            ReceivedPackets = peer.Statistics.ReceivedPackets,
            SentPackets = peer.Statistics.SentPackets,
            Initiated = record?.Initiated ?? 0,
            Answered = record?.Answered ?? 0,
            Completed = record?.Completed ?? 0,
            HandshakeAge = record is null || record.CompletedAt.IsUnset ? null : now - record.CompletedAt,
            Exposure = exposure,
            Failures = record is null ? [] : [.. Enum.GetValues<HandshakeFailure>().Select(reason => (reason, (long)record.Failed(reason))).Where(static failure => failure.Item2 > 0)],
        };
    }

    /// <summary>A value with the peer's tags.</summary>
    public Measurement<T> Measure<T>(T value)
        where T : struct => new(value, _tags);

    /// <summary>A value with the peer's tags and one more.</summary>
    public Measurement<T> Measure<T>(T value, string tag, string content)
        where T : struct => new(value, [.. _tags, new(tag, content)]);
}
