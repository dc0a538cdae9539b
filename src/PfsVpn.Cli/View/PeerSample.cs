namespace PfsVpn.Cli.View;

/// <summary>One peer of a <see cref="DeviceSample"/>. Ages and times to come are in seconds, counted from the sample.</summary>
/// <param name="Key">Its public key in base64.</param>
/// <param name="Name">What it was named; empty for nothing.</param>
/// <param name="Endpoint">Its endpoint; empty while there is none.</param>
/// <param name="Received">Bytes received from it.</param>
/// <param name="Sent">Bytes sent to it.</param>
/// <param name="HandshakeAge">Age of the last completed handshake; null for none.</param>
/// <param name="Condition">How it is with the peer.</param>
/// <param name="ExposureSeconds">Age of the oldest session key with it; null for none, or where the daemon does not say.</param>
/// <param name="RekeyIn">A successor of the current key is due then; null for none.</param>
/// <param name="LastFailure">Why the latest handshake failed that did; empty for none, or where the daemon does not say.</param>
internal sealed record PeerSample(
    string Key,
    string Name,
    string Endpoint,
    ulong Received,
    ulong Sent,
    double? HandshakeAge,
    PeerCondition Condition,
    double? ExposureSeconds,
    double? RekeyIn,
    string LastFailure);
