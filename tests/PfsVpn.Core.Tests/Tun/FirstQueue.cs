using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

/// <summary>A TUN device taken as its first queue and a writer.</summary>
internal static class FirstQueue
{
    public static int Read(this LinuxTunDevice tun, PacketBatch batch) => tun.Queues[0].Read(batch);

    public static WaitResult Wait(this LinuxTunDevice tun) => tun.Queues[0].Wait(-1);

    public static void Interrupt(this LinuxTunDevice tun) => tun.Queues[0].Interrupt();

    public static int Write(this LinuxTunDevice tun, PacketBatch batch)
    {
        using var writer = tun.OpenWriter();
        return writer.Write(batch);
    }
}
