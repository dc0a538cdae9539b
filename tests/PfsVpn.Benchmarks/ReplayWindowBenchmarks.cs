using BenchmarkDotNet.Attributes;
using PfsVpn.Transport;

namespace PfsVpn.Benchmarks;

/// <summary>The replay check, packet by packet and by the batch.</summary>
public class ReplayWindowBenchmarks
{
    private const int Batch = 64;

    private readonly ReplayWindow _window = new();
    private readonly ulong[] _counters = new ulong[Batch];
    private readonly bool[] _accepted = new bool[Batch];
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
        for (var i = 0; i < Batch; i++) _counters[i] = _next++;
        Array.Fill(_accepted, true);
        return _window.TryAcceptBatch(_counters, _accepted);
    }
}
