using System.Globalization;
using System.Net;
using System.Net.Sockets;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Tests.Tun;

/// <summary>Two namespaces, a TUN in each, and a thread for every queue that carries what one TUN sends to the other as the pumps do, without a tunnel in between.</summary>
internal sealed class TunRelay : IDisposable
{
    public const string Left4 = "10.9.0.1", Right4 = "10.9.0.2", Left6 = "fd09::1", Right6 = "fd09::2";
    public const int Mtu = 1420;

    private readonly List<Thread> _threads = [];
    private readonly Lock _gate = new();
    private readonly List<Exception> _failures = [];

    public TunRelay(Func<NetworkNamespace, string, LinuxTunDevice> left, Func<NetworkNamespace, string, LinuxTunDevice> right)
    {
        Left = left(LeftSpace, "tunoff0");
        Right = right(RightSpace, "tunoff1");
        Configure(LeftSpace, Left.Name, Left4, Left6);
        Configure(RightSpace, Right.Name, Right4, Right6);
        foreach (var (from, to, isLeft) in ((LinuxTunDevice, LinuxTunDevice, bool)[])[(Left, Right, true), (Right, Left, false)])
        {
            for (var queue = 0; queue < from.Queues.Count; queue++)
            {
                var index = queue;
                var thread = new Thread(() => Guarded(() => Carry(from, index, to, isLeft))) { IsBackground = true };
                _threads.Add(thread);
                thread.Start();
            }
        }
    }

    public TunRelay(TunOffloadOptions offloads, int queues = 1) : this(Maker(offloads, queues), Maker(offloads, queues))
    {
    }

    public NetworkNamespace LeftSpace { get; } = new();

    public NetworkNamespace RightSpace { get; } = new();

    public LinuxTunDevice Left { get; }

    public LinuxTunDevice Right { get; }

    /// <summary>Called on the relaying thread for every packet: whether it comes from the left, which queue it came out of, which segment of a super-packet it is, and its bytes.</summary>
    public Action<bool, int, int, byte[]>? Seen { get; set; }

    /// <summary>The most segments that one super-packet of the left side had.</summary>
    public int MostSegments { get; private set; }

    /// <summary>Packets that the right TUN has taken from the left.</summary>
    public int Carried { get; private set; }

    /// <summary>Packets that the right TUN did not take.</summary>
    public int Refused { get; private set; }

    public static Func<NetworkNamespace, string, LinuxTunDevice> Maker(TunOffloadOptions offloads, int queues = 1) =>
        (space, name) => space.Run(() => LinuxTunDevice.Create(name, Mtu, offloads, queues));

    /// <summary>Super-packets and packets that an interface has received.</summary>
    public long Received()
    {
        var lines = RightSpace.Ip("-s link show " + Right.Name).Split('\n');
        var row = Array.FindIndex(lines, line => line.Contains("RX:", StringComparison.Ordinal)) + 1;
        return long.Parse(lines[row].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>Sends bytes over TCP from the left to the right and compares what arrives.</summary>
    public void Transfer(string to, int length, int port = 7000)
    {
        var bytes = new byte[length];
        new Random(port).NextBytes(bytes);
        using var listener = RightSpace.Run(() => new Socket(IPAddress.Parse(to).AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        listener.Bind(new IPEndPoint(IPAddress.Parse(to), port));
        listener.Listen();
        using var sender = LeftSpace.Run(() => new Socket(IPAddress.Parse(to).AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        sender.SendTimeout = 60_000;
        sender.Connect(IPAddress.Parse(to), port);
        using var receiver = listener.Accept();
        receiver.ReceiveTimeout = 60_000;
        var sending = new Thread(() => Guarded(() =>
        {
            for (var sent = 0; sent < length;) sent += sender.Send(bytes.AsSpan(sent, Math.Min(length - sent, 256 * 1024)));
            sender.Shutdown(SocketShutdown.Send);
        }));
        sending.Start();
        var received = new byte[length + 1];
        var count = 0;
        for (int part; (part = receiver.Receive(received.AsSpan(count))) > 0;) count += part;
        sending.Join();
        Check();
        Assert.True(count == length && received.AsSpan(0, count).SequenceEqual(bytes), $"{count} of {length} bytes arrived, or others than were sent.");
    }

    public void Check()
    {
        lock (_gate)
            if (_failures.Count > 0) throw new AggregateException(_failures);
    }

    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
        foreach (var thread in _threads) thread.Join();
        LeftSpace.Dispose();
        RightSpace.Dispose();
        Check();
    }

    private static void Configure(NetworkNamespace space, string name, string v4, string v6)
    {
        space.Ip($"address add {v4}/24 dev {name}");
        space.Ip($"address add {v6}/64 dev {name} nodad");
        space.Ip($"link set {name} up");
        // A work queue of the kernel's makes an IPv6 address usable some time after its link is up; what arrives before is dropped.
        for (var look = 0; !space.Ip("-6 route show table local").Contains($"local {v6} ", StringComparison.Ordinal); look++)
            Assert.True(look < 5000, $"The address {v6} does not become usable.");
    }

    private unsafe void Carry(LinuxTunDevice from, int index, LinuxTunDevice to, bool isLeft)
    {
        using var batch = new PacketBatch(512 * 1024, 2048);
        using var writer = to.OpenWriter();
        var queue = from.Queues[index];
        while (true)
        {
            var count = queue.Read(batch);
            if (count < 0) return;
            Assert.Equal(0, queue.MalformedCount);
            if (count > 0)
            {
                lock (_gate) Note(batch, index, isLeft);
                batch.OutputCount = 0;
                for (var packet = 0; packet < count; packet++) Assert.True(batch.TryAddOutput(batch.Packets[packet].Offset, batch.Packets[packet].Length));
                var taken = writer.Write(batch);
                if (isLeft) lock (_gate) (Carried, Refused) = (Carried + taken, Refused + count - taken);
            }
            batch.Clear();
            if (count > 0 && !queue.IsDrained) continue;
            if (queue.Wait(-1) == WaitResult.Closed) return;
        }
    }

    private unsafe void Note(PacketBatch batch, int queue, bool isLeft)
    {
        var segment = 0;
        for (var packet = 0; packet < batch.Count; packet++)
        {
            segment = batch.Packets[packet].ContinuesFlow != 0 ? segment + 1 : 0;
            if (isLeft) MostSegments = Math.Max(MostSegments, segment + 1);
            Seen?.Invoke(isLeft, queue, segment, batch.Packet(packet).ToArray());
        }
    }

    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            lock (_gate) _failures.Add(exception);
        }
    }
}
