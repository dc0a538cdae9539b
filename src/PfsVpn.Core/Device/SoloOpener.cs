using PfsVpn.Crypto;

namespace PfsVpn.Device;

/// <summary>Opens every run on the calling thread.</summary>
public sealed unsafe class SoloOpener : IPacketOpener
{
    private TransportAead? _aead;

    /// <inheritdoc/>
    public int Open(SecretKey key, AeadPacket* packets, int count) => (_aead ??= new TransportAead()).Open(key, packets, count);

    /// <inheritdoc/>
    public void Dispose() => _aead?.Dispose();
}
