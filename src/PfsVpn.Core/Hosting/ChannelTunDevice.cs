using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Hosting;

/// <summary>A <see cref="PacketChannel"/> as the runtime sees it: a tunnel adapter with one queue.</summary>
/// <remarks>Threading: as <see cref="ITunDevice"/> says.</remarks>
internal sealed class ChannelTunDevice(PacketChannel channel) : ITunDevice
{
    /// <inheritdoc/>
    public string Name => "channel";

    /// <inheritdoc/>
    public int Mtu => channel.Mtu;

    /// <inheritdoc/>
    public IReadOnlyList<ITunQueue> Queues { get; } = [new ChannelTunQueue(channel)];

    /// <inheritdoc/>
    public TunOffloads Offloads { get; } = new(VirtioHeaders: false, Tso: false, Uso: false, TcpGro: false, UdpGro: false, QueueCount: 1);

    /// <inheritdoc/>
    public ITunWriter OpenWriter() => new Writer(channel.Incoming);

    /// <summary>Closes the channel.</summary>
    public void Dispose() => channel.Dispose();

    /// <summary>Packets that find no place are dropped, as by an interface whose queue is full: the caller counts them.</summary>
    private sealed class Writer(PacketRing incoming) : ITunWriter
    {
        public unsafe int Write(PacketBatch batch)
        {
            var taken = 0;
            for (var index = 0; index < batch.OutputCount; index++)
            {
                var extent = batch.Output[index];
                if (incoming.TryAdd(new ReadOnlySpan<byte>(batch.Memory + extent.Offset, extent.Length))) taken++;
            }
            return taken;
        }

        public void Dispose()
        {
        }
    }
}
