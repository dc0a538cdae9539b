namespace PfsVpn.Cli.View;

/// <summary>What a daemon said of its interface at one moment: the part that <c>top</c> shows. Text in it is fit for a terminal.</summary>
/// <param name="Name">The interface.</param>
/// <param name="Up">Whether it is up; null where the daemon does not say.</param>
/// <param name="ListenPort">UDP port, 0 for none.</param>
/// <param name="ExposureSeconds">Age of the oldest session key; null where the daemon does not say.</param>
/// <param name="ExposureBytes">Bytes on the session keys that exist.</param>
/// <param name="Drops">Packets dropped, by reason; null where the daemon does not say.</param>
/// <param name="Peers">Its peers, in the daemon's order.</param>
internal sealed record DeviceSample(
    string Name,
    bool? Up,
    int ListenPort,
    double? ExposureSeconds,
    ulong ExposureBytes,
    IReadOnlyList<DropSample>? Drops,
    IReadOnlyList<PeerSample> Peers);

/// <summary>How many packets were dropped for one reason since the daemon's start.</summary>
internal readonly record struct DropSample(string Reason, ulong Count);
