using BenchmarkDotNet.Attributes;
using PfsVpn.Crypto;
using PfsVpn.Transport;

namespace PfsVpn.Benchmarks;

/// <summary>The replay check, packet by packet and by the batch.</summary>
public class ReplayWindowBenchmarks
{
    private const int Batch = 64;

    private readonly ReplayWindow _window = new();
    private readonly AeadPacket[] _packets = new AeadPacket[Batch];
    private ulong _next;

    [Benchmark(OperationsPerInvoke = Batch)]
    public int OneByOne()
    {
        var accepted = 0;
        for (var i = 0; i < Batch; i++)
        {
            if (_window.TryAccept(_next++)) accepted++;
        }
        return accepted;
    }

    [Benchmark(OperationsPerInvoke = Batch)]
    public int ByTheBatch()
    {
        for (var i = 0; i < Batch; i++) _packets[i] = new AeadPacket { Counter = _next++, Authentic = 1 };
        return _window.TryAcceptBatch(_packets);
    }
}
