using PfsVpn.Device;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Runtime;

/// <summary>Carries packets from the TUN to the wire, on one thread, a batch at a time, to completion.</summary>
internal sealed class TunToUdpPump(WireGuardDevice device, ITunDevice tun, UdpTransport udp, Action tunClosed)
{
    private const int MaxPackets = 128;
    private const int BatchBytes = 512 * 1024;

    private volatile bool _stopping;

    /// <summary>Runs until <see cref="Stop"/>, or the TUN is gone.</summary>
    public void Run()
    {
        using var batch = new PacketBatch(BatchBytes, MaxPackets);
        using var path = new OutboundPath(device, MaxPackets);
        var sink = new TunPacketSink(tun, device.Drops);
        var housekeeping = new PumpHousekeeping();
        while (!_stopping)
        {
            var count = tun.Read(batch);
            if (count > 0)
            {
                var now = BootClock.Now;
                path.Process(batch, tun.Mtu, now, udp, sink);
                batch.Clear();
                housekeeping.AfterBatch(now);
                continue;
            }
            PumpHousekeeping.BeforeBlocking(batch);
            if (count < 0 || tun.Wait() == WaitResult.Closed)
            {
                if (!_stopping) tunClosed();
                return;
            }
        }
    }

    /// <summary>Ends the pump after the batch in flight. Any thread.</summary>
    public void Stop()
    {
        _stopping = true;
        tun.Interrupt();
    }
}
