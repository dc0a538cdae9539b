using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using PfsVpn.Packets;
using PfsVpn.Tun;

namespace PfsVpn.Benchmarks;

/// <summary>Cutting a super-packet of TCP into the segments of one UDP send, and coalescing them again. Nanoseconds are for one segment.</summary>
public unsafe class TunOffloadBenchmarks : IDisposable
{
    private const int Segments = 45, Mtu = 1420, Headers = 52, SegmentSize = Mtu - Headers;
    private const int Length = Headers + (Segments * SegmentSize);
    private static readonly int Stride = WireLayout.Next(0, Mtu, Mtu);

    private readonly PacketBatch _batch = new(256 * 1024, 64);
    private readonly TunCoalescer _coalescer = new();
    private readonly VirtioNetHeader _header = new()
    {
        Flags = VirtioNetHeader.NeedsChecksum, GsoType = VirtioNetHeader.GsoTcpV4, GsoSize = SegmentSize, ChecksumStart = 20, ChecksumOffset = 16,
    };

    [GlobalSetup]
    public void Fill()
    {
        var packet = new Span<byte>(_batch.Memory + PacketBatch.HeaderRoom, Length);
        new Random(1).NextBytes(packet);
        new byte[] { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 }.CopyTo(packet);
        packet[32] = 0x80;
        packet[33] = 0x10;
        var pseudo = InternetChecksum.PseudoHeader(packet[12..16], packet[16..20], 6, Length - 20);
        BinaryPrimitives.WriteUInt16BigEndian(packet[36..], InternetChecksum.Fold(pseudo));
        _batch.Mtu = Mtu;
        if (CutOne() == 0) throw new InvalidOperationException("The super-packet is malformed.");
        for (var index = 0; index < Segments; index++) _batch.TryAddOutput(_batch.Packets[index].Offset, _batch.Packets[index].Length);
        if (CoalesceOne() != 1) throw new InvalidOperationException("The segments were not joined.");
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _batch.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Only the headers count, so what an earlier cut left is cut again.</summary>
    [Benchmark(OperationsPerInvoke = Segments)]
    public int CutOne()
    {
        _batch.Count = 0;
        return TunSegmenter.Cut(_batch, PacketBatch.HeaderRoom, Length, _header);
    }

    [Benchmark(OperationsPerInvoke = Segments)]
    public int CoalesceOne()
    {
        _coalescer.Plan(_batch, tcp: true, udp: true);
        SuperPacketHeaders.Apply(_coalescer.Head(0), _coalescer.Groups[0]).Restore();
        return _coalescer.GroupCount;
    }

    /// <summary>What cutting costs at least: the data moved.</summary>
    [Benchmark(OperationsPerInvoke = Segments)]
    public void MoveOnly()
    {
        for (var index = Segments - 1; index >= 0; index--)
            Buffer.MemoryCopy(_batch.Memory + (index * SegmentSize), _batch.Memory + (index * Stride), SegmentSize, SegmentSize);
    }

    /// <summary>What two passes cost: moved, then summed.</summary>
    [Benchmark(OperationsPerInvoke = Segments)]
    public ulong MoveThenSum()
    {
        var sum = 0UL;
        for (var index = Segments - 1; index >= 0; index--)
        {
            var to = _batch.Memory + 96 + (index * Stride);
            Buffer.MemoryCopy(_batch.Memory + 96 + (index * SegmentSize), to, SegmentSize, SegmentSize);
            sum = InternetChecksum.Add(sum, new ReadOnlySpan<byte>(to, SegmentSize));
        }
        return sum;
    }

    [Benchmark(OperationsPerInvoke = Segments)]
    public ulong MoveAndSum()
    {
        var sum = 0UL;
        for (var index = Segments - 1; index >= 0; index--)
            sum += InternetChecksum.MoveUp(_batch.Memory + 96 + (index * SegmentSize), _batch.Memory + 96 + (index * Stride), SegmentSize);
        return sum;
    }
}
