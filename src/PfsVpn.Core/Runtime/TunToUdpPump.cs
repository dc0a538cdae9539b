using PfsVpn.Device;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Runtime;

/// <summary>Carries packets from one queue of the TUN to the wire, on one thread, a batch at a time, to completion.</summary>
internal sealed class TunToUdpPump(WireGuardDevice device, ITunDevice tun, ITunQueue queue, UdpTransport udp, Action tunClosed)
{
    /// <summary>Segments of one batch: 64 KiB cut into the smallest that TCP knows.</summary>
    private const int MaxPackets = 2048;

    private const int BatchBytes = 512 * 1024;

    private volatile bool _stopping;

    /// <summary>Runs until <see cref="Stop"/>, or the TUN is gone.</summary>
    public void Run()
    {
        using var batch = new PacketBatch(BatchBytes, MaxPackets);
        using var path = new OutboundPath(device, MaxPackets);
        using var writer = tun.OpenWriter();
        var sink = new TunPacketSink(writer, device.Drops);
        var housekeeping = new PumpHousekeeping();
        while (!_stopping)
        {
            var count = queue.Read(batch);
            if (queue.MalformedCount > 0) device.Drops.Add(DropReason.MalformedOutbound, queue.MalformedCount);
            if (count > 0)
            {
                var now = BootClock.Now;
                path.Process(batch, now, udp, sink);
                batch.Clear();
                housekeeping.AfterBatch(now);
                if (!queue.IsDrained) continue;
            }
            if (count < 0 || !WaitForPackets(batch, ref housekeeping))
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
        queue.Interrupt();
    }

    /// <summary>Waits, at first briefly with a clean batch, then for good with a clean stack; false where the TUN is gone.</summary>
    private bool WaitForPackets(PacketBatch batch, ref PumpHousekeeping housekeeping)
    {
        batch.Wipe();
        var result = queue.Wait(PumpHousekeeping.BriefMilliseconds);
        if (result == WaitResult.TimedOut)
        {
            housekeeping.BeforeBlocking();
            result = queue.Wait(-1);
        }
        return result != WaitResult.Closed;
    }
}
