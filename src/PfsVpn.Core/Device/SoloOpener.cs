using PfsVpn.Crypto;

namespace PfsVpn.Device;

/// <summary>Opens every run on the calling thread.</summary>
internal sealed unsafe class SoloOpener : IPacketOpener
{
    private readonly TransportAead _aead = new();

    /// <inheritdoc/>
    public int Open(SecretKey key, AeadPacket* packets, int count) => _aead.Open(key, packets, count);

    /// <inheritdoc/>
    public void Dispose() => _aead.Dispose();
}
