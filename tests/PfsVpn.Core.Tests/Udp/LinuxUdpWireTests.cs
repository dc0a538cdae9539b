using System.Buffers.Binary;
using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Tun;
using PfsVpn.Udp;
using static PfsVpn.Tests.Udp.LinuxUdpHarness;

namespace PfsVpn.Tests.Udp;

/// <summary>The outer packets as they leave: a TUN is the host's only way out.</summary>
public sealed class LinuxUdpWireTests
{
    [NetworkFact]
    public void A_datagram_longer_than_the_path_allows_is_fragmented_and_never_says_do_not_fragment()
    {
        using var home = new NetworkNamespace();
        using var tun = home.Run(() => LinuxTunDevice.Create("wire0", 1280));
        home.Ip("address add 10.9.0.1/24 dev wire0");
        home.Ip("address add fd09::1/64 dev wire0 nodad");
        home.Ip("link set wire0 up");
        using var socket = Open(home);
        using var batch = new PacketBatch(LinuxTunDevice.RoomForOnePacket + (64 * 1600), 64);
        foreach (var address in (string[])["10.9.0.2", "fd09::2"])
        {
            foreach (var length in (int[])[100, 3000])
            {
                Assert.Equal(UdpSendResult.Sent, socket.Send(Packet.Pattern(length, 1), To(address, 9), 0x88));
                var packets = Read(tun, batch, address.Contains('.', StringComparison.Ordinal) ? 4 : 6, length > 1280 ? 3 : 1);
                Assert.All(packets, packet => Assert.Equal(0x88, Tos(packet)));
                Assert.All(packets.Where(packet => packet[0] >> 4 == 4), packet => Assert.Equal(0, packet[6] & 0x40));
            }
        }
    }

    private static int Tos(byte[] packet) => packet[0] >> 4 == 4 ? packet[1] : (BinaryPrimitives.ReadUInt16BigEndian(packet) >> 4) & 0xFF;

    /// <summary>Reads packets of UDP or fragments of it; IPv6's own housekeeping is passed over.</summary>
    private static List<byte[]> Read(LinuxTunDevice tun, PacketBatch batch, int version, int count)
    {
        const int Udp = 17, Fragment = 44;
        var packets = new List<byte[]>();
        while (packets.Count < count)
        {
            batch.Clear();
            if (tun.Read(batch) == 0) Assert.Equal(WaitResult.Readable, tun.Wait());
            for (var index = 0; index < batch.Count; index++)
            {
                var packet = batch.Packet(index).ToArray();
                if (packet[0] >> 4 == version && packet[version == 4 ? 9 : 6] is Udp or Fragment) packets.Add(packet);
            }
        }
        return packets;
    }
}
