using PfsVpn.Packets;

namespace PfsVpn.Device;

/// <summary>Where inner packets go: the TUN in the product, a list in tests.</summary>
/// <remarks>Threading: called from any pump. Never throws.</remarks>
internal interface IPacketSink
{
    /// <summary>Writes the outputs of the batch and returns how many were taken.</summary>
    int Write(PacketBatch batch);
}
