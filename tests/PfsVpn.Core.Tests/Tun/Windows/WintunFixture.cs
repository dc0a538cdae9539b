using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun.Windows;

/// <summary>A device over a session whose driver is the test, and a batch.</summary>
internal sealed class WintunFixture : IDisposable
{
    private int _gone;

    public WintunFixture(int capacity = 0x20000, int batchBytes = 512 * 1024, int mtu = 1420, int processors = 1)
    {
        Session = new FakeWintunSession(capacity);
        Device = new WintunDevice(Session, Settings, "wg0", mtu, processors: processors);
        Device.WhenGone(() => Interlocked.Increment(ref _gone));
        Batch = new PacketBatch(batchBytes, 256);
    }

    public FakeWintunSession Session { get; }

    public FakeAdapterSettings Settings { get; } = new();

    public WintunDevice Device { get; }

    public PacketBatch Batch { get; }

    public ITunQueue Queue => Device.Queues[0];

    /// <summary>How often the device said that it is gone.</summary>
    public int Gone => Volatile.Read(ref _gone);

    /// <summary>Reads into a batch that is empty.</summary>
    public int Read()
    {
        Batch.Clear();
        return Queue.Read(Batch);
    }

    /// <summary>Lays packets into the batch to be written.</summary>
    public unsafe void Output(params byte[][] packets)
    {
        Batch.Clear();
        var offset = PacketBatch.HeaderRoom;
        foreach (var packet in packets)
        {
            packet.CopyTo(new Span<byte>(Batch.Memory + offset, packet.Length));
            Assert.True(Batch.TryAddOutput(offset, packet.Length));
            offset += packet.Length + 64;
        }
    }

    public void Dispose()
    {
        Device.Dispose();
        Assert.Equal(1, Session.Disposals);
        Session.Free();
        Batch.Dispose();
    }
}
