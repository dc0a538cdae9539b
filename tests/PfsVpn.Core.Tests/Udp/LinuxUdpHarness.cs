using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Udp;

/// <summary>What the tests of the UDP sockets share.</summary>
internal static unsafe class LinuxUdpHarness
{
    public static LinuxUdpSocket Open(NetworkNamespace home, ushort port = 0, uint mark = 0) =>
        (LinuxUdpSocket)home.Run(() => new LinuxUdpSocketFactory().Open(port, mark));

    public static PacketBatch Batch() => new(LinuxUdpSocket.BatchCapacityInBytes, LinuxUdpSocket.MaxDatagramsPerCall);

    public static Endpoint To(string address, ushort port, LocalSource source = default, uint scope = 0) =>
        new(new EndpointAddress(Address(address), port, scope), source);

    public static LocalSource Source(string address, uint interfaceIndex) => new(Address(address), interfaceIndex);

    public static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    /// <summary>Puts packets into the output of a batch, each with its TOS.</summary>
    public static void Put(PacketBatch batch, params (byte[] Payload, byte Tos)[] packets)
    {
        batch.Clear();
        var offset = 16;
        foreach (var (payload, tos) in packets)
        {
            payload.CopyTo(new Span<byte>(batch.Memory + offset, payload.Length));
            Assert.True(batch.TryAddOutput(offset, payload.Length, tos));
            offset += payload.Length;
        }
    }

    /// <summary>Waits for a number of datagrams, and checks that their extents have their rooms and do not touch one another.</summary>
    public static List<Datagram> Take(LinuxUdpSocket socket, PacketBatch batch, int count)
    {
        var taken = new List<Datagram>();
        while (taken.Count < count)
        {
            batch.Wipe();
            while (socket.Receive(batch) == 0) Assert.Equal(WaitResult.Readable, socket.Wait());
            CheckExtents(batch);
            for (var index = 0; index < batch.Count; index++)
                taken.Add(new Datagram(batch.Packet(index).ToArray(), batch.Packets[index].Tos, batch.Sources[index].Remote, batch.Sources[index].Local));
        }
        Assert.Equal(count, taken.Count);
        batch.Clear();
        Assert.Equal(0, socket.Receive(batch));
        return taken;
    }

    public static uint InterfaceIndex(NetworkNamespace home, string name) =>
        uint.Parse(home.Ip($"-o link show {name}").Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static void CheckExtents(PacketBatch batch)
    {
        var extents = Enumerable.Range(0, batch.Count).Select(index => batch.Packets[index]).OrderBy(extent => extent.Offset).ToArray();
        var end = 0;
        foreach (var extent in extents)
        {
            Assert.Equal(0, extent.Offset % 16);
            Assert.True(extent.Offset - PacketBatch.HeaderRoom >= end);
            end = extent.Offset + extent.Length + PacketBatch.TailRoom;
        }
        Assert.True(end <= batch.UsedBytes && batch.UsedBytes <= batch.CapacityInBytes);
    }
}
