using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Packets;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Runtime;

/// <summary>Carries datagrams from the wire to the TUN, on one thread, a batch at a time, to completion.</summary>
internal sealed class UdpToTunPump(WireGuardDevice device, ITunDevice tun, UdpTransport udp)
{
    /// <summary>Datagrams of one batch. Each has room for the largest there is; pages that stay unused cost nothing.</summary>
    private const int MaxPackets = 64;

    private const int BatchBytes = MaxPackets * (65_536 + 512);

    private volatile bool _stopping;

    /// <summary>Runs until <see cref="Stop"/>.</summary>
    public void Run()
    {
        using var batch = new PacketBatch(BatchBytes, MaxPackets);
        using var path = new InboundPath(device, MaxPackets);
        var sink = new TunPacketSink(tun, device.Drops);
        while (!_stopping && udp.WaitForSocket() is { } socket) Serve(socket, batch, path, sink);
    }

    /// <summary>Ends the pump after the batch in flight. Any thread. The transport is closed by the caller.</summary>
    public void Stop() => _stopping = true;

    private void Serve(IUdpSocket socket, PacketBatch batch, InboundPath path, TunPacketSink sink)
    {
        var housekeeping = new PumpHousekeeping();
        while (!_stopping && ReferenceEquals(udp.Socket, socket))
        {
            if (socket.Receive(batch) > 0)
            {
                var now = BootClock.Now;
                path.Process(batch, now, SystemRandom.Instance, udp);
                sink.Write(batch);
                batch.Clear();
                housekeeping.AfterBatch(now);
                continue;
            }
            PumpHousekeeping.BeforeBlocking(batch);
            socket.Wait();
        }
    }
}
