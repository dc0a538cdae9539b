using System.Diagnostics;
using System.Reflection;
using PfsVpn.Device;
using PfsVpn.Noise;
using PfsVpn.Packets;
using PfsVpn.Tests.Simulation;
using PfsVpn.Timers;
using PfsVpn.Udp;

namespace PfsVpn.Tests.Device;

/// <summary>In steady state nothing is allocated for a packet, on its way out, on its way in, or on its way to being dropped.</summary>
public sealed unsafe class AllocationTests
{
    private const int PacketsInBatch = 40;
    private const int Rounds = 25_000;
    private const int Stride = 256;

    /// <summary>In a debug build, spans that are written as literals allocate: what computes a hash can be judged in an optimised one only.</summary>
    private static readonly bool IsOptimized =
        typeof(OutboundPath).Assembly.GetCustomAttribute<DebuggableAttribute>() is not { IsJITOptimizerDisabled: true };

    [Fact]
    public void A_million_packets_out_and_in()
    {
        using var stage = new Stage();
        stage.Run(100, Keep);
        Assert.Equal(0, Measure(() => stage.Run(Rounds, Keep)));
        Assert.True(stage.Delivered >= 1_000_000);
    }

    [Theory]
    [InlineData("replayed", DropReason.ReplayedCounter)]
    [InlineData("forged", DropReason.Authentication)]
    [InlineData("unknown index", DropReason.UnknownIndex)]
    [InlineData("unknown type", DropReason.UnknownType)]
    [InlineData("reserved bytes", DropReason.ReservedBytes)]
    [InlineData("short", DropReason.WrongLength)]
    [InlineData("initiation without mac1", DropReason.WrongMac1)]
    [InlineData("response to nothing", DropReason.UnknownHandshake)]
    public void Datagrams_that_are_dropped(string kind, object boxed)
    {
        var reason = (DropReason)boxed;
        using var stage = new Stage();
        Action<PacketBatch> spoil = kind switch
        {
            "replayed" => Keep,
            "forged" => static batch => Flip(batch, 20, 1),
            "unknown index" => static batch => Flip(batch, 4, 1),
            "unknown type" => static batch => Flip(batch, 0, 9),
            "reserved bytes" => static batch => Flip(batch, 2, 9),
            "short" => static batch => Reshape(batch, MessageType.Data, MessageSizes.DataMinimum - 1),
            "initiation without mac1" => static batch => Reshape(batch, MessageType.Initiation, MessageSizes.Initiation),
            _ => static batch => Reshape(batch, MessageType.Response, MessageSizes.Response),
        };
        if (kind == "replayed") stage.ReceiveTwice = true;
        stage.Run(20, spoil);
        var (measurements, dropped) = (0, stage.Dropped(reason));
        var allocated = Measure(() =>
        {
            measurements++;
            stage.Run(200, spoil);
        });
        if (IsOptimized || reason != DropReason.WrongMac1) Assert.Equal(0, allocated);
        Assert.Equal(dropped + (measurements * 200 * PacketsInBatch), stage.Dropped(reason));
    }

    private static void Keep(PacketBatch batch)
    {
    }

    /// <summary>
    /// What the thread allocates: the least of some measurements. A collection that another test sets off charges the rest of the thread's allocation
    /// context to it; an allocation for a packet would show every time.
    /// </summary>
    private static long Measure(Action action)
    {
        var least = long.MaxValue;
        for (var i = 0; i < 5 && least > 0; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least;
    }

    private static void Flip(PacketBatch batch, int position, byte bits)
    {
        for (var i = 0; i < batch.Count; i++) batch.Packet(i)[position] ^= bits;
    }

    private static void Reshape(PacketBatch batch, MessageType type, int length)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            batch.Packets[i].Length = length;
            batch.Packet(i).Clear();
            batch.Packet(i)[0] = (byte)type;
        }
    }

    /// <summary>Alice's way out and Bob's way in, joined by a copy, with nothing around them that allocates.</summary>
    private sealed class Stage : IDatagramSink, IPacketSink, IDisposable
    {
        private readonly Pair _pair = new();
        private readonly byte[] _packet = Pair.PacketToBob(120);
        private readonly PacketBatch _out = new(PacketsInBatch * Stride, PacketsInBatch);
        private readonly PacketBatch _in = new(PacketsInBatch * Stride, PacketsInBatch);
        private readonly OutboundPath _outbound;
        private readonly InboundPath _inbound;
        private readonly MonotonicTime _now;

        public Stage()
        {
            _pair.Connect();
            _now = _pair.Network.Now;
            _outbound = new OutboundPath(_pair.Alice.Device, PacketsInBatch);
            _inbound = new InboundPath(_pair.Bob.Device, PacketsInBatch);
        }

        public bool ReceiveTwice { get; set; }

        public int Delivered { get; private set; }

        public long Dropped(DropReason reason) => _pair.Bob.Device.Drops[reason];

        public void Run(int rounds, Action<PacketBatch> spoil)
        {
            for (var round = 0; round < rounds; round++)
            {
                _out.Clear();
                for (var i = 0; i < PacketsInBatch; i++)
                {
                    _packet.CopyTo(new Span<byte>(_out.Memory + (i * Stride) + PacketBatch.HeaderRoom, _packet.Length));
                    _out.TryAdd((i * Stride) + PacketBatch.HeaderRoom, _packet.Length);
                }
                _out.Mtu = 1420;
                _outbound.Process(_out, _now, this, this);
                for (var pass = 0; pass < (ReceiveTwice ? 2 : 1); pass++) Receive(spoil);
            }
        }

        public UdpSendResult Send(ReadOnlySpan<byte> datagram, Endpoint endpoint, byte tos) => UdpSendResult.Sent;

        public UdpSendResult Send(PacketBatch batch, int first, int count, Endpoint endpoint) => UdpSendResult.Sent;

        public int Write(PacketBatch batch) => batch.OutputCount;

        public void Dispose()
        {
            _outbound.Dispose();
            _inbound.Dispose();
            _out.Dispose();
            _in.Dispose();
            _pair.Dispose();
        }

        private void Receive(Action<PacketBatch> spoil)
        {
            _in.Clear();
            for (var i = 0; i < _out.OutputCount; i++)
            {
                var sent = _out.Output[i];
                new ReadOnlySpan<byte>(_out.Memory + sent.Offset, sent.Length).CopyTo(new Span<byte>(_in.Memory + (i * Stride), sent.Length));
                _in.Sources[_in.Count] = new DatagramSource { Remote = _pair.Alice.Address, Local = new LocalSource(_pair.Bob.Address.Address, 1) };
                _in.TryAdd(i * Stride, sent.Length);
            }
            spoil(_in);
            _inbound.Process(_in, _now, _pair.Bob.Random, this);
            Delivered += _in.OutputCount;
        }
    }
}
