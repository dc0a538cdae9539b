namespace PfsVpn.Cli.Control;

/// <summary>What a daemon says about its keys: the part of docs/secrecy-json.md that people are shown.</summary>
/// <param name="Interface">Its name.</param>
/// <param name="ExposureSeconds">Age of the oldest session key that exists.</param>
/// <param name="ExposureBytes">Bytes sealed and opened on those that exist.</param>
/// <param name="KeypairsAlive">How many session keypairs exist.</param>
/// <param name="WorstOutlivingMs">The longest that any key existed beyond its deadline.</param>
/// <param name="Protections">The protections of the daemon's process; null where it does not say.</param>
/// <param name="Peers">The peers that had a key since the start.</param>
/// <param name="PeersWithoutKeys">How many others there are.</param>
/// <param name="LatestEnds">The latest ends, the newest first.</param>
internal sealed record SecrecyState(
    string Interface,
    double ExposureSeconds,
    ulong ExposureBytes,
    long KeypairsAlive,
    double WorstOutlivingMs,
    IReadOnlyList<SecrecyProtection>? Protections,
    IReadOnlyList<SecrecyPeer> Peers,
    long PeersWithoutKeys,
    IReadOnlyList<SecrecyEnd> LatestEnds);

/// <summary>One protection: what it is, whether it holds, what was found, and what to do where it does not.</summary>
internal sealed record SecrecyProtection(string Name, bool Holds, string Detail, string? Remedy);

/// <summary>One peer: its keys that exist, and the totals of those that do not.</summary>
internal sealed record SecrecyPeer(
    string PublicKey,
    string? Name,
    double ExposureSeconds,
    ulong ExposureBytes,
    IReadOnlyList<SecrecyKeypair> Keypairs,
    double? UnansweredSeconds,
    long KeypairsMade,
    long KeypairsErased,
    double WorstOutlivingMs,
    IReadOnlyList<(string Reason, long Count)> Reasons);

/// <summary>One keypair that exists; ages and times to come in seconds.</summary>
internal sealed record SecrecyKeypair(string Role, double Age, ulong Bytes, bool Confirmed, double EndsIn, double? RekeyIn);

/// <summary>One key that was erased.</summary>
internal sealed record SecrecyEnd(string Kind, string? Peer, string Reason, double SecondsAgo, double Lived, double OutlivedMs);
