using PfsVpn.Crypto;
using PfsVpn.Noise;

namespace PfsVpn.Lab.Seizure;

/// <summary>What could be computed from a recorded handshake.</summary>
/// <param name="Identity">The initiator's public key, or null.</param>
/// <param name="Timestamp">The initiation's timestamp, or null.</param>
/// <param name="Keys">The two session keys, initiator's first, or none.</param>
internal sealed record RecordedHandshake(PublicKey? Identity, Tai64n? Timestamp, IReadOnlyList<FoundKey> Keys);
