using PfsVpn.Packets;

namespace PfsVpn.Tun;

/// <summary>Writes the packets of a batch into the ring from which the driver takes them.</summary>
/// <remarks>
/// Copies: one, as a packet that was opened in place lies in memory of ours, and the driver takes none but its ring's.
/// A ring that is full is a system that does not keep up: what finds no place is dropped, and whoever called counts it. A shorter packet behind it may still fit.
/// Threading: one thread; several writers of one device work side by side, each packet allocated, filled and sent before the next.
/// </remarks>
internal sealed unsafe class WintunWriter(WintunDevice device) : ITunWriter
{
    /// <inheritdoc/>
    public int Write(PacketBatch batch)
    {
        if (batch.OutputCount == 0 || device.IsGone || !device.TryEnter(out var session)) return 0;
        var written = 0;
        var error = 0;
        for (var index = 0; index < batch.OutputCount && !WintunQueue.MeansGone(error); index++)
        {
            var extent = batch.Output[index];
            if (extent.Length is <= 0 or > WintunDevice.MaxPacketLength) continue;
            error = session.Allocate(extent.Length, out var place);
            if (error != 0) continue;
            Buffer.MemoryCopy(batch.Memory + extent.Offset, place, extent.Length, extent.Length);
            session.Send(place);
            written++;
        }
        device.Leave();
        if (WintunQueue.MeansGone(error)) device.NoteGone(WintunQueue.FailureOf(error));
        return written;
    }

    /// <summary>Nothing is its own.</summary>
    public void Dispose()
    {
    }
}
