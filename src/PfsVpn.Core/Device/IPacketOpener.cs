using PfsVpn.Crypto;

namespace PfsVpn.Device;

/// <summary>Opens the packets of a run: one thread alone, or several that share a long run.</summary>
/// <remarks>Threading: one instance for each pump. The caller holds a lease on the keypair until the call has returned.</remarks>
internal unsafe interface IPacketOpener : IDisposable
{
    /// <summary>Opens in place, sets <see cref="AeadPacket.Authentic"/> of each, and returns how many are authentic.</summary>
    /// <exception cref="ObjectDisposedException">The key was erased before or meanwhile; none of the packets is to be trusted.</exception>
    int Open(SecretKey key, AeadPacket* packets, int count);
}
