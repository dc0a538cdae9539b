using PfsVpn.Crypto;
using PfsVpn.Device;
using PfsVpn.Packets;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Runtime;

/// <summary>Carries datagrams from one receiver of the socket to the TUN, on one thread, a batch at a time, to completion.</summary>
/// <param name="device">The device.</param>
/// <param name="tun">The TUN.</param>
/// <param name="udp">The transport, whose socket changes with the port.</param>
/// <param name="index">Which of a socket's receivers this pump serves.</param>
/// <param name="size">What the receiver fills with one call.</param>
/// <param name="crew">Who helps with long runs; null for nobody.</param>
/// <param name="random">Where the nonces of cookie replies come from.</param>
internal sealed class UdpToTunPump(WireGuardDevice device, ITunDevice tun, UdpTransport udp, int index, UdpBatchSize size, OpeningCrew? crew, IRandomSource random)
{
    private volatile bool _stopping;

    /// <summary>Runs until <see cref="Stop"/>.</summary>
    public void Run()
    {
        using var batch = new PacketBatch(size.CapacityInBytes, size.MaxDatagrams, size.MaxPackets);
        using var path = new InboundPath(device, size.MaxPackets, crew is null ? null : new CrewOpener(crew));
        using var writer = tun.OpenWriter();
        var sink = new TunPacketSink(writer, device.Drops);
        while (!_stopping && udp.WaitForSocket() is { } socket) Serve(socket, batch, path, sink);
    }

    /// <summary>Ends the pump after the batch in flight. Any thread. The transport is closed by the caller.</summary>
    public void Stop() => _stopping = true;

    private void Serve(IUdpSocket socket, PacketBatch batch, InboundPath path, TunPacketSink sink)
    {
        var receiver = socket.Receivers[index];
        var housekeeping = new PumpHousekeeping();
        while (!_stopping && ReferenceEquals(udp.Socket, socket))
        {
            var isClean = batch.UsedBytes == 0;
            if (receiver.Receive(batch, mayWait: isClean) > 0)
            {
                var now = BootClock.Now;
                path.Process(batch, now, random, udp);
                sink.Write(batch);
                housekeeping.AfterBatch(now);
                PumpHousekeeping.WipeSmall(batch);
            }
            else if (isClean)
            {
                housekeeping.BeforeBlocking();
                receiver.Wait();
            }
            else
            {
                // No plaintext lies in a batch that nobody works on.
                batch.Wipe();
            }
        }
        batch.Wipe();
    }
}
