using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Hosting;

/// <summary>The one queue of a <see cref="ChannelTunDevice"/>: what the application wrote.</summary>
/// <remarks>Threading: as <see cref="ITunQueue"/> says.</remarks>
internal sealed class ChannelTunQueue(PacketChannel channel) : ITunQueue
{
    /// <summary>As many as a TUN of the system gives at once: what the caches hold.</summary>
    private const int PacketsPerRead = 32;

    /// <inheritdoc/>
    public bool IsDrained { get; private set; }

    /// <inheritdoc/>
    public int MalformedCount => 0;

    /// <inheritdoc/>
    public unsafe int Read(PacketBatch batch)
    {
        var outgoing = channel.Outgoing;
        if (outgoing.IsClosed) return -1;
        batch.Mtu = channel.Mtu;
        IsDrained = false;
        var offset = PacketBatch.HeaderRoom;
        while (batch.Count < PacketsPerRead && offset + channel.Mtu + PacketBatch.TailRoom <= batch.CapacityInBytes)
        {
            var length = outgoing.TryTake(new Span<byte>(batch.Memory + offset, channel.Mtu));
            IsDrained = length == 0;
            if (IsDrained || !batch.TryAdd(offset, length)) break;
            batch.UsedBytes = Math.Max(batch.UsedBytes, offset + length + PacketBatch.TailRoom);
            offset = WireLayout.Next(offset, length, channel.Mtu);
        }
        return batch.Count;
    }

    /// <inheritdoc/>
    public WaitResult Wait(int milliseconds) => channel.Outgoing.Wait(milliseconds);

    /// <inheritdoc/>
    public void Interrupt() => channel.Outgoing.Interrupt();
}
