using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Lab.Hosting;

/// <summary>A tunnel adapter without a system behind it: it makes the inner packets that go out, and counts those that come in.</summary>
/// <remarks>Threading: as <see cref="ITunDevice"/> says; the members of its own from any thread.</remarks>
internal sealed class LabTunDevice : ITunDevice
{
    private const int StandardMtu = 1420;

    private readonly LabTunQueue _queue;
    private long _received;
    private long _receivedBytes;

    /// <summary>Makes an adapter whose packets go from <paramref name="address"/> to <paramref name="peer"/>, both IPv4.</summary>
    public LabTunDevice(IpAddress address, IpAddress peer)
    {
        Outgoing = new LabTraffic(address, peer);
        _queue = new LabTunQueue(Outgoing, StandardMtu);
        Queues = [_queue];
    }

    /// <inheritdoc/>
    public string Name => "lab";

    /// <inheritdoc/>
    public int Mtu => StandardMtu;

    /// <inheritdoc/>
    public IReadOnlyList<ITunQueue> Queues { get; }

    /// <inheritdoc/>
    public TunOffloads Offloads { get; } = new(VirtioHeaders: false, Tso: false, Uso: false, TcpGro: false, UdpGro: false, QueueCount: 1);

    /// <summary>What is to be sent.</summary>
    public LabTraffic Outgoing { get; }

    /// <summary>Inner packets that came in.</summary>
    public long Received => Volatile.Read(ref _received);

    /// <summary>Bytes of them.</summary>
    public long ReceivedBytes => Volatile.Read(ref _receivedBytes);

    /// <inheritdoc/>
    public ITunWriter OpenWriter() => new Counter(this);

    /// <summary>Ends the queue's waits.</summary>
    public void Dispose()
    {
        _queue.Close();
        Outgoing.Dispose();
    }

    /// <summary>Takes every packet, looks at nothing but its length, and keeps none.</summary>
    private sealed class Counter(LabTunDevice device) : ITunWriter
    {
        public int Write(PacketBatch batch)
        {
            var bytes = 0L;
            for (var index = 0; index < batch.OutputCount; index++) bytes += LengthOf(batch, index);
            Interlocked.Add(ref device._received, batch.OutputCount);
            Interlocked.Add(ref device._receivedBytes, bytes);
            return batch.OutputCount;
        }

        public void Dispose()
        {
        }

        private static unsafe int LengthOf(PacketBatch batch, int index) => batch.Output[index].Length;
    }
}
