using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>Writes packets to a tunnel adapter, those of one flow coalesced where the system takes that.</summary>
/// <remarks>Threading: one thread; several writers of one device work side by side.</remarks>
internal interface ITunWriter : IDisposable
{
    /// <summary>
    /// Writes every packet in <see cref="PacketBatch.Output"/>, those of a flow in their order, and returns how many the system took. May change headers of the
    /// packets and the <see cref="PacketBatch.HeaderRoom"/> bytes before each.
    /// </summary>
    int Write(PacketBatch batch);
}
