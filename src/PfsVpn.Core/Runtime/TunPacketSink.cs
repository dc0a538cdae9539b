using PfsVpn.Device;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Runtime;

/// <summary>Writes inner packets to the TUN and counts what it does not take.</summary>
/// <remarks>Threading: the pump that opened the writer.</remarks>
internal sealed class TunPacketSink(ITunWriter writer, DropCounters drops) : IPacketSink
{
    /// <inheritdoc/>
    public int Write(PacketBatch batch)
    {
        if (batch.OutputCount == 0) return 0;
        var taken = writer.Write(batch);
        if (taken < batch.OutputCount) drops.Add(DropReason.TunWriteFailed, batch.OutputCount - taken);
        return taken;
    }
}
