using System.Diagnostics;
using PfsVpn.Packets;
using PfsVpn.Tests.Tun;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Udp;

/// <summary>What the tests of the UDP sockets share.</summary>
internal static unsafe class LinuxUdpHarness
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static LinuxUdpSocket Open(NetworkNamespace home, ushort port = 0, uint mark = 0, LinuxUdpSocketOptions? options = null) =>
        (LinuxUdpSocket)home.Run(() => new LinuxUdpSocketFactory(options).Open(new UdpBinding(port, mark)));

    /// <summary>Opens a port that was closed just now. A program that another test starts has a copy of every descriptor until it is executed.</summary>
    public static LinuxUdpSocket OpenAgain(NetworkNamespace home, ushort port, LinuxUdpSocketOptions? options = null)
    {
        LinuxUdpSocket? socket = null;
        Assert.True(SpinWait.SpinUntil(() => (socket = TryOpen(home, port, options)) is not null, Limit), "The port stayed taken.");
        return socket!;
    }

    public static PacketBatch Batch() => new(LinuxUdpReceiver.BatchSize.CapacityInBytes, LinuxUdpReceiver.BatchSize.MaxDatagrams);

    /// <summary>A batch to send from.</summary>
    public static PacketBatch Output() => new(4 << 20, 1024);

    public static Endpoint To(string address, ushort port, LocalSource source = default, uint scope = 0) =>
        new(new EndpointAddress(Address(address), port, scope), source);

    public static LocalSource Source(string address, uint interfaceIndex) => new(Address(address), interfaceIndex);

    public static IpAddress Address(string text) => IpAddress.TryParse(text, out var address) ? address : throw new ArgumentException(text);

    /// <summary>Puts packets into the output of a batch, each with its TOS, so that they touch.</summary>
    public static void Put(PacketBatch batch, params (byte[] Payload, byte Tos)[] packets) => Put(batch, packets, gap: 0);

    /// <summary>Puts packets into the output of a batch, each with its TOS, with a gap between, so that they must be gathered.</summary>
    public static void Put(PacketBatch batch, IEnumerable<(byte[] Payload, byte Tos)> packets, int gap)
    {
        batch.Clear();
        var offset = 16;
        foreach (var (payload, tos) in packets)
        {
            payload.CopyTo(new Span<byte>(batch.Memory + offset, payload.Length));
            Assert.True(batch.TryAddOutput(offset, payload.Length, tos));
            offset += payload.Length + gap;
        }
    }

    /// <summary>Receives at one receiver into an empty batch, as soon as there is something.</summary>
    public static int ReceiveSoon(IUdpReceiver receiver, PacketBatch batch)
    {
        batch.Clear();
        var started = Stopwatch.StartNew();
        while (receiver.Receive(batch, mayWait: true) == 0) Assert.True(started.Elapsed < Limit, "Nothing arrived.");
        return batch.Count;
    }

    /// <summary>Waits for a number of datagrams, in the order of the receivers, and checks that their extents have their rooms and do not touch one another.</summary>
    public static List<Datagram> Take(LinuxUdpSocket socket, PacketBatch batch, int count)
    {
        var taken = new List<Datagram>();
        var started = Stopwatch.StartNew();
        for (var before = -1; taken.Count < count;)
        {
            var mayWait = taken.Count == before;
            before = taken.Count;
            Assert.True(started.Elapsed < Limit, $"{taken.Count} of {count} datagrams arrived.");
            foreach (var receiver in socket.Receivers)
            {
                batch.Wipe();
                receiver.Receive(batch, mayWait);
                CheckExtents(batch);
                for (var index = 0; index < batch.Count; index++) taken.AddRange(Cut(batch, index));
            }
        }
        Assert.Equal(count, taken.Count);
        Assert.Equal(0, ReceiveAny(socket, batch));
        return taken;
    }

    /// <summary>Receives at whichever receiver has something, without waiting.</summary>
    public static int ReceiveAny(LinuxUdpSocket socket, PacketBatch batch)
    {
        var received = 0;
        foreach (var receiver in socket.Receivers)
        {
            batch.Clear();
            received += receiver.Receive(batch, mayWait: false);
        }
        return received;
    }

    /// <summary>Checks that exactly these datagrams arrived, in this order.</summary>
    public static void AssertSame(IEnumerable<byte[]> expected, IReadOnlyList<Datagram> received)
    {
        var index = 0;
        foreach (var payload in expected)
        {
            Assert.True(payload.AsSpan().SequenceEqual(received[index].Payload), $"Datagram {index} is not the one that was sent.");
            index++;
        }
        Assert.Equal(index, received.Count);
    }

    /// <summary>The datagrams of an extent, copied.</summary>
    public static List<Datagram> Cut(PacketBatch batch, int index)
    {
        var extent = batch.Packets[index];
        var source = batch.Sources[index];
        var payload = batch.Packet(index).ToArray();
        var stride = extent.Stride > 0 ? extent.Stride : Math.Max(payload.Length, 1);
        return payload.Chunk(stride).DefaultIfEmpty([]).Select(datagram => new Datagram(datagram, extent.Tos, source.Remote, source.Local)).ToList();
    }

    public static uint InterfaceIndex(NetworkNamespace home, string name) =>
        uint.Parse(home.Ip($"-o link show {name}").Split(':')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static LinuxUdpSocket? TryOpen(NetworkNamespace home, ushort port, LinuxUdpSocketOptions? options)
    {
        try
        {
            return Open(home, port, options: options);
        }
        catch (UdpBindException)
        {
            return null;
        }
    }

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
