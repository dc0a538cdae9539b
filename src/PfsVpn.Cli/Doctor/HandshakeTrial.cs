namespace PfsVpn.Cli.Doctor;

/// <summary>What came of an attempt to make a handshake.</summary>
/// <param name="Made">Whether there is one now.</param>
/// <param name="LastFailure">What the daemon says of the last one that failed, or null.</param>
/// <param name="Drops">Messages that the daemon dropped meanwhile, by reason.</param>
internal sealed record HandshakeTrial(bool Made, string? LastFailure, IReadOnlyDictionary<string, long> Drops);
