using PfsVpn.Crypto;
using PfsVpn.Packets;
using PfsVpn.Timers;

namespace PfsVpn.Device;

/// <summary>Who last sent an initiation that no peer can be found for.</summary>
/// <param name="Key">The static key that it names, or null where it does not decrypt: it was made for another key than ours.</param>
/// <param name="Remote">Where it came from.</param>
/// <param name="At">When.</param>
internal sealed record Stranger(PublicKey? Key, EndpointAddress Remote, MonotonicTime At);
